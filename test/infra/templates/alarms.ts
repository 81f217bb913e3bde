import { readFileSync } from 'node:fs';
import path from 'node:path';

import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';

import { metricsNamespace, publishedMeasures } from '../../../functions/adapters/metrics-emf.ts';
import { type Provider, providerOf } from '../../../functions/core/provider.ts';
import { synthesize } from '../synthesis.ts';

const guide = readFileSync(path.resolve(import.meta.dirname, '../../../docs/deploy.md'), 'utf8');
const sandbox = await synthesize({});
const receiving = await synthesize({ inboundDomain: 'back.example.com' });
const prod = await synthesize({ stage: 'prod', alarmEmail: 'ops@example.com', front: 'function-url' });

type Stat = { MetricStat?: { Metric: { Namespace: string; MetricName: string }; Stat: string }; Expression?: string };
type AlarmProperties = {
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly Metrics?: readonly Stat[];
  readonly Dimensions?: unknown;
  readonly Threshold: number;
  readonly Period?: number;
  readonly Statistic?: string;
  readonly TreatMissingData: string;
};

function alarmsOf({ service }: typeof sandbox): ReadonlyMap<string, AlarmProperties> {
  const found = Object.entries(service.findResources('AWS::CloudWatch::Alarm'));
  return new Map(found.map(([id, { Properties }]) => [id.slice(0, -8), Properties as AlarmProperties]));
}

const alarms = alarmsOf(sandbox);

describe('the alarms', () => {
  it('watch dead letters, waiting mail, each function, a sweep that is silent, what becomes of mail, and the API', () => {
    expect([...alarms.keys()].toSorted()).toEqual([
      'ApiServerErrorsAlarm',
      'BounceRateAlarm',
      'ComplaintRateAlarm',
      'DeadLettersAlarm',
      'DeferralRateAlarm',
      'LostNotificationsAlarm',
      'OldestDueAlarm',
      'OldestJobAlarm',
      'SweepSilentAlarm',
      'buryErrorsAlarm',
      'buryThrottlesAlarm',
      'deliverErrorsAlarm',
      'deliverThrottlesAlarm',
      'notifyErrorsAlarm',
      'notifyThrottlesAlarm',
      'submitErrorsAlarm',
      'submitThrottlesAlarm',
      'sweepErrorsAlarm',
      'sweepThrottlesAlarm',
    ]);
    for (const [name, { TreatMissingData }] of alarms) {
      expect([name, TreatMissingData]).toEqual([name, name === 'SweepSilentAlarm' ? 'breaching' : 'notBreaching']);
    }
  });

  it('ring for a dead letter that is gone within seconds, and for one that nobody takes', () => {
    const { Metrics = [], Threshold } = alarms.get('DeadLettersAlarm') ?? {};
    expect(Threshold).toBe(0);
    expect(Metrics.find(({ Expression }) => Expression)?.Expression).toBe('MAX(METRICS())');
    expect(Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? [])).toEqual([
      'NumberOfMessagesReceived',
      'ApproximateNumberOfMessagesVisible',
    ]);
  });

  it('ring for what notify has given up, and intake where there is one', () => {
    expect(alarms.get('LostNotificationsAlarm')).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      Threshold: 0,
    });
    expect([...alarms.keys()].filter((name) => name.startsWith('Lost'))).toEqual(['LostNotificationsAlarm']);
    expect(alarmsOf(receiving).get('LostReturnedMailAlarm')).toMatchObject({ Threshold: 0 });
  });

  it('ring for complaints, three of a thousand in a day of a thousand mails', () => {
    const { Metrics = [], Threshold } = alarms.get('ComplaintRateAlarm') ?? {};
    expect(Threshold).toBe(0.3);
    expect(Metrics.find(({ Expression }) => Expression)?.Expression).toBe(
      'IF(decided >= 1000, 100 * complained / decided, 0)',
    );
  });

  it('go off for what has been due for 15 minutes, by the oldest', () => {
    expect(alarms.get('OldestDueAlarm')).toMatchObject({
      Namespace: metricsNamespace,
      MetricName: 'oldest_due_seconds',
      Dimensions: [{ Name: 'stage', Value: 'dev' }],
      Statistic: 'Maximum',
      Threshold: 900,
    });
  });

  it.each([
    ['BounceRateAlarm', 'bounced', 'decided', 5],
    ['DeferralRateAlarm', 'deferred', 'tried', 30],
  ])('%s: %s of %s, above %i of a hundred in an hour of a hundred mails', (name, part, whole, threshold) => {
    const { Metrics = [], Threshold } = alarms.get(name) ?? { Threshold: 0 };
    expect(Threshold).toBe(threshold);
    expect(Metrics.find(({ Expression }) => Expression)?.Expression).toBe(
      `IF(${whole} >= 100, 100 * ${part} / ${whole}, 0)`,
    );
    const stats = Metrics.flatMap(({ MetricStat }) => MetricStat ?? []);
    expect(stats).toMatchObject(
      [part, whole].map((MetricName) => ({
        Metric: { Namespace: metricsNamespace, MetricName, Dimensions: [{ Name: 'stage', Value: 'dev' }] },
        Period: 3_600,
        Stat: 'Sum',
      })),
    );
  });

  it('count 5xx at whatever the API stands behind', () => {
    expect(alarms.get('ApiServerErrorsAlarm')).toMatchObject({
      Namespace: 'AWS/ApiGateway',
      MetricName: '5xx',
      Threshold: 4,
    });
    expect(alarmsOf(prod).get('ApiServerErrorsAlarm')).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Url5xxCount',
      Threshold: 4,
    });
  });

  it('are in the guide, each with what to do', () => {
    const inGuide = Array.from(guide.matchAll(/^\| `…?(\w+Alarm)` \|/gm), ([, name = '']) => name);
    const short = [...alarmsOf(receiving).keys()].map((name) =>
      name.replace(/^(?:submit|deliver|sweep|bury|notify|intake)(?=Errors|Throttles)/, ''),
    );
    expect(inGuide.toSorted()).toEqual([...new Set(short)].toSorted());
  });

  it('tell a person where there is an address', () => {
    sandbox.service.resourceCountIs('AWS::SNS::Topic', 0);
    prod.service.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' });
    prod.service.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [Match.anyValue()] });
  });
});

describe('the dashboard', () => {
  const [dashboard] = Object.values(sandbox.service.findResources('AWS::CloudWatch::Dashboard'));
  const text = JSON.stringify(dashboard).replaceAll('\\', '');

  it('shows what becomes of mail, its rates, what is due, and the API', () => {
    for (const word of [
      'Outcomes of attempts',
      'Of a hundred, in an hour',
      'oldest_due_seconds',
      '4xx',
      '5xx',
      'Latency',
    ]) {
      expect(text).toContain(word);
    }
  });

  it.each(publishedMeasures)('has %s explained in the guide', (name) => {
    expect(guide).toContain(`\`${name}\``);
  });

  it('and the alarms name only measures that the functions publish, under the stage', () => {
    const named = Array.from(text.matchAll(/"Postern","(\w+)","stage","(\w+)"/g), ([, name, stage]) => [name, stage]);
    expect(named.length).toBeGreaterThan(15);
    const watched = [...alarms.values()].flatMap(({ Namespace, MetricName, Metrics = [] }) => [
      ...(Namespace === metricsNamespace ? [MetricName] : []),
      ...Metrics.flatMap(({ MetricStat }) =>
        MetricStat?.Metric.Namespace === metricsNamespace ? [MetricStat.Metric.MetricName] : [],
      ),
    ]);
    const unpublished = [...named.map(([name]) => name), ...watched].filter(
      (name) => !(publishedMeasures as readonly (string | undefined)[]).includes(name),
    );
    expect(unpublished).toEqual([]);
    expect(new Set(named.map(([, stage]) => stage))).toEqual(new Set(['dev']));
  });

  it('asks the log for the providers that batches tell of', () => {
    const asked = new Set(Array.from(text.matchAll(/sum\((\w+?)_deferred\)/g), ([, provider]) => provider));
    const hosts = ['x.google.com', 'x.outlook.com', 'x.yahoodns.net', 'x.icloud.com', 'x.example'];
    expect(asked).toEqual(new Set<Provider>(hosts.map(providerOf)));
  });
});
