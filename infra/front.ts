import { CfnOutput, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { DomainName, HttpApi, HttpStage, LogGroupLogDestination, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { FunctionUrlAuthType, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';

import { accessLine } from './access-line.ts';
import { acknowledge } from './acknowledge.ts';
import { type ApiMetrics, metricsOfFunctionUrl, metricsOfHttpApi } from './api-metrics.ts';
import type { FrontSettings } from './settings.ts';

/** Requests a second, and at once, that reach the function: what is above is answered 429 without costing a function. */
const throttle = { rateLimit: 500, burstLimit: 1_000 } as const;

/** Puts the function behind its front; answers with what there is to measure of it. */
export function createFront(
  stack: Stack,
  submit: LambdaFunction,
  front: FrontSettings,
  logRetention: RetentionDays,
): ApiMetrics {
  switch (front.kind) {
    case 'function-url': {
      const { url } = submit.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
      new CfnOutput(stack, 'ApiUrl', { value: url });
      return metricsOfFunctionUrl(submit);
    }
    case 'http-api':
      return metricsOfHttpApi(createHttpApi(stack, submit, front, logRetention));
  }
}

function createHttpApi(
  stack: Stack,
  submit: LambdaFunction,
  { domain }: Extract<FrontSettings, { kind: 'http-api' }>,
  logRetention: RetentionDays,
): HttpApi {
  const api = new HttpApi(stack, 'Api', {
    createDefaultStage: false,
    defaultIntegration: new HttpLambdaIntegration('Submit', submit),
    // Otherwise the domain's certificate and its access log could be gone around.
    disableExecuteApiEndpoint: domain !== null,
  });
  const logGroup = new LogGroup(stack, 'AccessLog', {
    retention: logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const domainName = domain && createDomainName(stack, domain);
  const stage = new HttpStage(stack, 'ApiStage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle,
    accessLogSettings: {
      destination: new LogGroupLogDestination(logGroup),
      format: AccessLogFormat.custom(accessLine),
    },
    ...(domainName && { domainMapping: { domainName } }),
  });
  acknowledge(api, {
    'AwsSolutions-APIG4': 'The function checks the API key of every request, and what that key may do.',
  });
  new CfnOutput(stack, 'ApiUrl', { value: domain === null ? stage.url : `https://${domain.name}/` });
  return api;
}

function createDomainName(
  stack: Stack,
  { name, certificateArn }: { readonly name: string; readonly certificateArn: string },
): DomainName {
  const certificate = Certificate.fromCertificateArn(stack, 'ApiCertificate', certificateArn);
  const domainName = new DomainName(stack, 'ApiDomain', {
    domainName: name,
    certificate,
    securityPolicy: SecurityPolicy.TLS_1_2,
  });
  new CfnOutput(stack, 'ApiDomainTarget', {
    value: domainName.regionalDomainName,
    description: `${name} has to be a CNAME of it`,
  });
  return domainName;
}
