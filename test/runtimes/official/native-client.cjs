'use strict';

// Stands for the native half of AWS's client for Node.js, which is C++ that would have to be compiled: it waits for an
// event without blocking and posts answers while everything else stands still, as the original does.

const http = require('node:http');
const Module = require('node:module');
const { Worker, MessageChannel, receiveMessageOnPort } = require('node:worker_threads');

const BASE = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

function get(url) {
  return new Promise((resolve, reject) => {
    http
      .get(url, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ bodyJson: Buffer.concat(chunks).toString('utf8'), headers: response.headers }));
      })
      .on('error', reject);
  });
}

let poster;

/** Posts from another thread and waits for it to be done. */
function postBlocking(url, body) {
  if (!poster) {
    const { port1, port2 } = new MessageChannel();
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const code = `
      const http = require('node:http');
      const { workerData: { port, flag } } = require('node:worker_threads');
      port.on('message', ({ url, body }) => {
        const request = http.request(url, { method: 'POST', agent: false }, (response) => response.resume().on('end', done));
        request.on('error', done);
        request.end(body);
      });
      function done() { Atomics.store(flag, 0, 1); Atomics.notify(flag, 0); }`;
    const worker = new Worker(code, { eval: true, execArgv: [], workerData: { port: port2, flag }, transferList: [port2] });
    worker.unref();
    poster = { port: port1, flag };
    port1.unref();
  }
  poster.flag[0] = 0;
  poster.port.postMessage({ url, body });
  Atomics.wait(poster.flag, 0, 0);
  receiveMessageOnPort(poster.port);
}

const native = {
  initializeClient() {},
  next: () => get(`${BASE}/next`),
  done: (id, body) => postBlocking(`${BASE}/${id}/response`, body),
  error: (id, body) => postBlocking(`${BASE}/${id}/error`, body),
};

const load = Module._load;
Module._load = function (request, ...rest) {
  return request.endsWith('rapid-client.node') ? native : load.call(this, request, ...rest);
};
