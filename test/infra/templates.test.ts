// One file, so that the CDK is loaded once and what several suites look at is synthesized once.
import './templates/alarms.ts';
import './templates/function-rights.ts';
import './templates/routes.ts';
import './templates/stacks.ts';
import './templates/variables.ts';
