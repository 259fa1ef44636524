import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UrlCors } from '../../ports/function-urls.ts';
import { corsHeaders, type CorsRequest, isPreflight } from './cors.ts';

// Settings and requests as data, with the headers of CORS that the answer has; null is one that is taken from the function.

const A = 'https://a.test';
const B = 'https://b.test';
const from = (origin?: string, method = 'GET'): CorsRequest => ({ method, origin });
const asks = (origin: string, requestedMethod: string, requestedHeaders?: string): CorsRequest => ({
  method: 'OPTIONS',
  origin,
  requestedMethod,
  requestedHeaders,
});

type Told = Readonly<Partial<Record<'origin' | 'credentials' | 'methods' | 'headers' | 'expose' | 'age', string | null>>>;

const CASES: readonly (readonly [name: string, cors: UrlCors, request: CorsRequest, told: Told])[] = [
  ['an origin of the list', { AllowOrigins: [B, A] }, from(A), { origin: A }],
  ['another origin', { AllowOrigins: [A] }, from(B), { origin: null }],
  ['no origin', { AllowOrigins: [A] }, from(), { origin: null }],
  ['another scheme', { AllowOrigins: [A] }, from('http://a.test'), { origin: null }],
  ['another port', { AllowOrigins: [A] }, from(`${A}:8443`), { origin: null }],
  ['what begins like an origin of the list', { AllowOrigins: [A] }, from(`${A}.evil.test`), { origin: null }],
  ['the null origin', { AllowOrigins: [A] }, from('null'), { origin: null }],
  ['every origin', { AllowOrigins: ['*'] }, from(A), { origin: '*' }],
  ['every origin, and none asks', { AllowOrigins: ['*'] }, from(), { origin: null }],
  ['every origin with credentials', { AllowOrigins: ['*'], AllowCredentials: true }, from(A), { origin: A, credentials: 'true' }],
  ['an origin with credentials', { AllowOrigins: [A], AllowCredentials: true }, from(A), { origin: A, credentials: 'true' }],
  ['no credentials', { AllowOrigins: [A], AllowCredentials: false }, from(A), { origin: A, credentials: null }],
  ['no origins are set', { MaxAge: 5 }, from(A), { age: null }],
  ['what pages may read', { AllowOrigins: [A], ExposeHeaders: ['x-a', 'date'] }, from(A), { origin: A, expose: 'x-a,date' }],
  [
    'all of it for no one else',
    { AllowOrigins: [A], ExposeHeaders: ['x'], AllowMethods: ['PUT'], AllowHeaders: ['y'], MaxAge: 1, AllowCredentials: true },
    from(B),
    { origin: null, expose: null, methods: null, headers: null, age: null, credentials: null },
  ],
  ['no age', { AllowOrigins: [A], MaxAge: 0 }, from(A), { origin: A, age: '0' }],
  [
    'a method that is not listed, of a request that is made',
    { AllowOrigins: [A], AllowMethods: ['PUT'] },
    from(A, 'DELETE'),
    { origin: A, methods: 'PUT' },
  ],
  [
    'a preflight for a listed method',
    { AllowOrigins: [A], AllowMethods: ['GET', 'PUT'] },
    asks(A, 'PUT'),
    { origin: A, methods: 'GET,PUT' },
  ],
  [
    'a preflight for another method',
    { AllowOrigins: [A], AllowMethods: ['GET', 'PUT'] },
    asks(A, 'DELETE'),
    { origin: null, methods: null },
  ],
  [
    'a preflight of another origin',
    { AllowOrigins: [A], AllowMethods: ['PUT'] },
    asks(B, 'PUT'),
    { origin: null, methods: null },
  ],
  [
    'methods are told apart by their case',
    { AllowOrigins: [A], AllowMethods: ['PUT'] },
    asks(A, 'put'),
    { origin: null, methods: null },
  ],
  ['every method', { AllowOrigins: [A], AllowMethods: ['*'] }, asks(A, 'PATCH'), { origin: A, methods: '*' }],
  [
    'every method with credentials',
    { AllowOrigins: [A], AllowMethods: ['*'], AllowCredentials: true },
    asks(A, 'PATCH'),
    { origin: A, methods: 'PATCH', credentials: 'true' },
  ],
  ['no methods are set', { AllowOrigins: [A] }, asks(A, 'PUT'), { origin: A }],
  ['an empty list of methods', { AllowOrigins: [A], AllowMethods: [] }, asks(A, 'PUT'), { origin: A }],
  [
    'headers',
    { AllowOrigins: [A], AllowHeaders: ['x-a', 'content-type'] },
    asks(A, 'GET', 'x-b'),
    { origin: A, headers: 'x-a,content-type' },
  ],
  ['every header', { AllowOrigins: [A], AllowHeaders: ['*'] }, asks(A, 'GET', 'x-b'), { origin: A, headers: '*' }],
  [
    'every header with credentials',
    { AllowOrigins: [A], AllowHeaders: ['*'], AllowCredentials: true },
    asks(A, 'GET', 'x-b, x-c'),
    { origin: A, headers: 'x-b, x-c', credentials: 'true' },
  ],
  [
    'every header with credentials, and none asked for',
    { AllowOrigins: [A], AllowHeaders: ['*'], AllowCredentials: true },
    asks(A, 'GET'),
    { origin: A, headers: null, credentials: 'true' },
  ],
  ['how long it may be kept', { AllowOrigins: [A], MaxAge: 86_400 }, asks(A, 'GET'), { origin: A, age: '86400' }],
];

const NAMES = {
  origin: 'access-control-allow-origin',
  credentials: 'access-control-allow-credentials',
  methods: 'access-control-allow-methods',
  headers: 'access-control-allow-headers',
  expose: 'access-control-expose-headers',
  age: 'access-control-max-age',
} as const;

for (const [name, cors, request, told] of CASES) {
  test(`CORS: ${name}`, () => {
    const expected = Object.fromEntries(
      Object.entries(told).map(([short, value]) => [NAMES[short as keyof Told], value ?? undefined]),
    );
    assert.deepEqual(corsHeaders(cors, request), { vary: 'Origin', ...expected });
  });
}

test('only OPTIONS with an origin and a method is the question of a browser', () => {
  assert.equal(isPreflight(asks(A, 'PUT')), true);
  assert.equal(isPreflight({ method: 'OPTIONS', origin: A }), false);
  assert.equal(isPreflight({ method: 'OPTIONS', requestedMethod: 'PUT' }), false);
  assert.equal(isPreflight({ method: 'GET', origin: A, requestedMethod: 'PUT' }), false);
});
