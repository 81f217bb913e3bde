// Lambda behind an HTTP API or a function URL: the API.
import process from 'node:process';

import { handle } from 'hono/aws-lambda';

import { startSubmit } from './wiring/aws-submit.ts';

export const handler = handle(await startSubmit(process.env));
