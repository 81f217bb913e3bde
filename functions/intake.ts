// Lambda on the queue of returned mail: what SES has put into the bucket is read and taken in.
import process from 'node:process';

import { startIntake } from './wiring/aws-intake.ts';

export const handler = await startIntake(process.env);
