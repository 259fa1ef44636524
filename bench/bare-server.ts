import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// The baseline: node:http that reads a body and sends it back, or streams as many bytes as it is asked for.
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/stream')
    return void stream(response, Number(url.searchParams.get('pieces')), Number(url.searchParams.get('bytes')));
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
    response.end(body);
  });
});
async function stream(response: ServerResponse, pieces: number, bytes: number): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
  for (let index = 0; index < pieces; index += 1) if (!response.write(Buffer.alloc(bytes))) await once(response, 'drain');
  response.end();
}

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
