#!/usr/bin/env node
// Runs a Node.js that is new enough with the arguments given: what the npm scripts use.
import { findNode } from './find-node.js';
import { runNode } from './run-node.js';

runNode(findNode(), process.argv.slice(2));
