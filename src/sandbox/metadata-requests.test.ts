import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zoneId } from './metadata-requests.ts';

test('zones are abbreviated as AWS does', () => {
  const known = {
    'us-east-1': 'use1',
    'us-west-2': 'usw2',
    'ap-southeast-2': 'apse2',
    'eu-central-1': 'euc1',
    'ca-central-1': 'cac1',
    'me-south-1': 'mes1',
  };
  for (const [region, prefix] of Object.entries(known)) assert.equal(zoneId(region), `${prefix}-az1`);
});
