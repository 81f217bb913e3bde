import type { Duration } from 'aws-cdk-lib';
import { type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

/** What the platform counts of the API by itself, whatever stands in front of the function. */
export type ApiMetrics = {
  requests(period: Duration): IMetric;
  clientErrors(period: Duration): IMetric;
  serverErrors(period: Duration): IMetric;
  /** Milliseconds until the answer, of so many of a hundred requests. */
  latency(period: Duration, percentile: number): IMetric;
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
export function metricsOfHttpApi(api: HttpApi): ApiMetrics {
  const statistic = Stats.SUM;
  return {
    requests: (period) => api.metricCount({ period, statistic }),
    clientErrors: (period) => api.metricClientError({ period, statistic }),
    serverErrors: (period) => api.metricServerError({ period, statistic }),
    latency: (period, percentile) => api.metricLatency({ period, statistic: Stats.p(percentile) }),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html */
export function metricsOfFunctionUrl(submit: LambdaFunction): ApiMetrics {
  const statistic = Stats.SUM;
  return {
    requests: (period) => submit.metric('UrlRequestCount', { period, statistic }),
    clientErrors: (period) => submit.metric('Url4xxCount', { period, statistic }),
    serverErrors: (period) => submit.metric('Url5xxCount', { period, statistic }),
    latency: (period, percentile) => submit.metric('UrlRequestLatency', { period, statistic: Stats.p(percentile) }),
  };
}
