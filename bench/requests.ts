/** The event of every request: about 1 KB of JSON. */
const PAYLOAD = JSON.stringify({ message: 'x'.repeat(1_000) });

/** A POST of the payload to a bare server. */
export function plainRequest(): Buffer {
  return Buffer.from(
    `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${PAYLOAD.length}\r\n\r\n${PAYLOAD}`,
  );
}

/** An Invoke as the SDKs send it, signature and all. */
export function invokeRequest(functionName: string, invocationType: 'RequestResponse' | 'Event' = 'RequestResponse'): Buffer {
  const headers = [
    `POST /2015-03-31/functions/${functionName}/invocations HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/octet-stream',
    'X-Amz-Date: 20260101T000000Z',
    `X-Amz-Content-Sha256: ${'0'.repeat(64)}`,
    `Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    'User-Agent: aws-sdk-js/3',
    `X-Amz-Invocation-Type: ${invocationType}`,
    `Content-Length: ${PAYLOAD.length}`,
  ];
  return Buffer.from(`${headers.join('\r\n')}\r\n\r\n${PAYLOAD}`);
}
