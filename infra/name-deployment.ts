import { passedNames } from './passed-settings.ts';
import type { WayOut } from './processes.ts';
import type { Worker } from './worker.ts';

/**
 * Gives what every process of a deployment is told: its name, its route, the domain that mail comes back to, whether it logs
 * deliveries, what gets every event (so that it keeps what is owed), the name it shows to mail servers, and settings that are
 * handed on.
 */
export function nameDeployment(worker: Worker, way: WayOut): void {
  const { stage, route, inboundDomain, deliveryLog, eventTargets, passed } = way;
  worker.setVariable('POSTERN_STAGE', stage);
  worker.setVariable('POSTERN_ROUTE', route.kind);
  if (inboundDomain !== null) worker.setVariable('POSTERN_RETURN_PATH_DOMAIN', inboundDomain);
  if (deliveryLog !== 'off') worker.setVariable('POSTERN_DELIVERY_LOG', deliveryLog);
  if (eventTargets.bus !== null) worker.setVariable('POSTERN_EVENT_BUS', eventTargets.bus);
  if (eventTargets.topic !== null) worker.setVariable('POSTERN_EVENT_TOPIC', eventTargets.topic);
  if (route.kind !== 'sandbox' && route.mailHostname !== null)
    worker.setVariable('POSTERN_HOSTNAME', route.mailHostname);
  for (const name of passedNames) {
    const value = passed[name];
    if (value !== undefined) worker.setVariable(name, value);
  }
}
