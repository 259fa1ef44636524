'use strict';

/** The handler's context object. Source: Lambda's page on the Node.js context object. */
function makeContext(invocation) {
  const { env } = process;
  const { deadlineMs } = invocation;
  return {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: invocation.clientContext ? JSON.parse(invocation.clientContext) : undefined,
    identity: invocation.cognito ? JSON.parse(invocation.cognito) : undefined,
    invokedFunctionArn: invocation.arn,
    awsRequestId: invocation.id,
    tenantId: invocation.tenantId,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

module.exports = { makeContext };
