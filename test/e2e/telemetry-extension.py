#!/usr/bin/env python3
"""An extension that receives the function's lines on a fixed port, as extensions in the wild do, and prints them."""

import json
import os
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

API = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API']
NAME = os.path.basename(__file__)
PORT = 4243


def say(*words):
    print(NAME, *words, flush=True)


def call(method, path, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(API + path, data, headers, method=method)) as response:
        return response, response.read()


class Sink(BaseHTTPRequestHandler):
    def do_POST(self):
        for event in json.loads(self.rfile.read(int(self.headers['content-length']))):
            say('TELEMETRY', event['type'], json.dumps(event['record']))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


response, _ = call('POST', '/2020-01-01/extension/register', {'events': ['SHUTDOWN']}, {'Lambda-Extension-Name': NAME})
own = {'Lambda-Extension-Identifier': response.headers['Lambda-Extension-Identifier']}
sink = HTTPServer(('sandbox.localdomain', PORT), Sink)
threading.Thread(target=sink.serve_forever, daemon=True).start()
call('PUT', '/2022-07-01/telemetry', {
    'schemaVersion': '2022-12-13',
    'types': ['function'],
    'buffering': {'maxItems': 1000, 'maxBytes': 262144, 'timeoutMs': 25},
    'destination': {'protocol': 'HTTP', 'URI': 'http://sandbox.localdomain:%d/' % PORT},
}, own)
while True:
    event = json.loads(call('GET', '/2020-01-01/extension/event/next', None, own)[1])
    if event['eventType'] == 'SHUTDOWN':
        say('SHUTDOWN', event['shutdownReason'])
        sys.exit(0)
