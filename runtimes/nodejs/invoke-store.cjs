'use strict';
// What belongs to the invocation that a piece of code runs for, where several run at a time. Libraries find it as
// `awslambda.InvokeStore`. Source: the package @aws/lambda-invoke-store.
const { AsyncLocalStorage } = require('node:async_hooks');

const PROTECTED_KEYS = {
  REQUEST_ID: Symbol.for('_AWS_LAMBDA_REQUEST_ID'),
  X_RAY_TRACE_ID: Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID'),
  TENANT_ID: Symbol.for('_AWS_LAMBDA_TENANT_ID'),
};
const isProtected = (key) => Object.values(PROTECTED_KEYS).includes(key);
const storage = new AsyncLocalStorage();

const invokeStore = {
  PROTECTED_KEYS,
  run: (context, action) => storage.run({ ...context }, action),
  getContext: () => storage.getStore(),
  hasContext: () => storage.getStore() !== undefined,
  get: (key) => storage.getStore()?.[key],
  set(key, value) {
    if (isProtected(key)) throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    const context = storage.getStore();
    if (context) context[key] = value;
  },
  getRequestId: () => storage.getStore()?.[PROTECTED_KEYS.REQUEST_ID] ?? '-',
  getXRayTraceId: () => storage.getStore()?.[PROTECTED_KEYS.X_RAY_TRACE_ID],
  getTenantId: () => storage.getStore()?.[PROTECTED_KEYS.TENANT_ID],
};

/** Runs an action as part of an invocation. */
function runFor(invocation, action) {
  const context = {
    [PROTECTED_KEYS.REQUEST_ID]: invocation.id,
    [PROTECTED_KEYS.X_RAY_TRACE_ID]: invocation.trace,
    [PROTECTED_KEYS.TENANT_ID]: invocation.tenantId,
  };
  return storage.run(context, action);
}

module.exports = { invokeStore, runFor };
