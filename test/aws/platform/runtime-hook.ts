// Preloaded before aws-lambda-ric: the native client that it requires is ours.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === './rapid-client.node'
      ? { url: new URL('runtime-client.ts', import.meta.url).href, format: 'module', shortCircuit: true }
      : nextResolve(specifier, context),
});
