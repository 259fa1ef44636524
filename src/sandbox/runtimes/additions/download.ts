import { Agent as HttpAgent, get as getHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as getHttps } from 'node:https';

const REDIRECTS_MAX = 5;
/** Silence after which a download is given up. */
const SILENCE_MS_MAX = 60_000;

/**
 * The body behind an address, by the proxies that the environment names. Rejects with a sentence when there is none, when
 * it is longer than `bytesMax`, or when nothing comes for a minute.
 */
export async function download(address: string, bytesMax: number, redirectsLeft = REDIRECTS_MAX): Promise<Buffer> {
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`${address} is no web address`);
  const response = await request(url);
  const { statusCode: status = 0, headers } = response;
  if (status >= 300 && status < 400 && headers.location !== undefined) {
    response.resume();
    if (redirectsLeft === 0) throw new Error(`${address} leads to one address after another`);
    return download(new URL(headers.location, url).href, bytesMax, redirectsLeft - 1);
  }
  if (status !== 200) {
    response.resume();
    throw new Error(`${address} answered ${status}`);
  }
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > bytesMax) throw new Error(`${address} is longer than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function request(url: URL): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  // An agent for each: connections are not worth keeping for a handful of files.
  const agent = isSecure ? new HttpsAgent({ proxyEnv: process.env }) : new HttpAgent({ proxyEnv: process.env });
  return new Promise((resolve, reject) => {
    const sent = (isSecure ? getHttps : getHttp)(url, { agent, timeout: SILENCE_MS_MAX }, resolve);
    sent.once('timeout', () => sent.destroy(new Error(`nothing came from ${url.host} for a minute`)));
    sent.once('error', (error) => reject(new Error(`${url.host} can not be reached: ${error.message}`)));
  });
}
