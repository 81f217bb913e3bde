// One file, so that the CDK is loaded once and what several suites look at is synthesized once.
await import('./templates/alarms.ts');
await import('./templates/function-rights.ts');
await import('./templates/routes.ts');
await import('./templates/stacks.ts');
await import('./templates/variables.ts');
