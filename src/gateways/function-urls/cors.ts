import type { UrlCors } from '../../ports/function-urls.ts';

/** The parts of a request that CORS looks at. */
export interface CorsRequest {
  readonly method: string;
  readonly origin?: string | undefined;
  /** `Access-Control-Request-Method`. */
  readonly requestedMethod?: string | undefined;
  /** `Access-Control-Request-Headers`. */
  readonly requestedHeaders?: string | undefined;
}

/** Headers of an answer: texts are set, undefined takes away what the function has set. */
export type CorsHeaders = Readonly<Record<string, string | undefined>>;

/** Whether a request is the question of a browser that the function is not asked. Source: the Fetch standard, CORS-preflight request. */
export function isPreflight(request: CorsRequest): boolean {
  return request.method === 'OPTIONS' && request.origin !== undefined && request.requestedMethod !== undefined;
}

/** Whether the settings name an origin. */
export function isAllowedOrigin(cors: UrlCors, origin: string | undefined): boolean {
  const { AllowOrigins = [] } = cors;
  return origin !== undefined && (AllowOrigins.includes('*') || AllowOrigins.includes(origin));
}

/**
 * What the settings of a URL add to every answer. What is set there takes the place of the function's own headers, also where
 * the origin is none of those allowed; a function's headers stay where nothing is set. With credentials a star means itself
 * to browsers, so what was asked for is named in its stead. Source: Lambda's page on CORS of function URLs.
 */
export function corsHeaders(cors: UrlCors, request: CorsRequest): CorsHeaders {
  const { AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders, AllowCredentials, MaxAge } = cors;
  const isAllowed = isAllowedOrigin(cors, request.origin) && isAllowedMethod(cors, request);
  const isNamed = AllowCredentials === true;
  const list = (values: readonly string[], asked: string | undefined): string | undefined =>
    isNamed && values.includes('*') ? asked : values.join(',');
  const told: Record<string, string | undefined> = { vary: 'Origin' };
  const tell = (name: string, isSet: boolean, value: () => string | undefined): void => {
    if (isSet) told[`access-control-${name}`] = isAllowed ? value() : undefined;
  };
  const isAny = !isNamed && AllowOrigins?.includes('*') === true;
  tell('allow-origin', AllowOrigins !== undefined, () => (isAny ? '*' : request.origin));
  tell('allow-credentials', AllowCredentials !== undefined, () => (isNamed ? 'true' : undefined));
  tell('allow-methods', isGiven(AllowMethods), () => list(AllowMethods ?? [], request.requestedMethod ?? request.method));
  tell('allow-headers', isGiven(AllowHeaders), () => list(AllowHeaders ?? [], request.requestedHeaders));
  tell('expose-headers', isGiven(ExposeHeaders), () => (ExposeHeaders ?? []).join(','));
  tell('max-age', MaxAge !== undefined, () => String(MaxAge));
  return told;
}

function isGiven(values: readonly string[] | undefined): boolean {
  return values !== undefined && values.length > 0;
}

/** Only a preflight asks about a method; where none is listed, browsers send those that need no leave. */
function isAllowedMethod({ AllowMethods = [] }: UrlCors, request: CorsRequest): boolean {
  if (!isPreflight(request) || AllowMethods.length === 0) return true;
  return AllowMethods.includes('*') || AllowMethods.includes(request.requestedMethod ?? '');
}
