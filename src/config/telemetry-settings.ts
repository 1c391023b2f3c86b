/**
 * Which signals of OpenTelemetry are sent, by the standard variables. Pure. Everything else about them (endpoint, headers,
 * sampling, intervals, resource) is read by the official packages, which are loaded only when a signal is on.
 */
import { ConfigError } from './args.js';
import {
  type Environment,
  readAll,
  readVariable,
  repeatIfHarmless,
  type Sourced,
} from './environment.js';

/** Encodings of OTLP over HTTP. */
const protocols = ['http/protobuf', 'http/json'] as const;

export type OtlpProtocol = (typeof protocols)[number];

/** What is sent, each signal with its encoding; undefined for a signal that is off. */
export interface TelemetrySettings {
  readonly traces: OtlpProtocol | undefined;
  readonly metrics: OtlpProtocol | undefined;
  /** Milliseconds between two exports of metrics. */
  readonly metricIntervalMs: number;
}

/** Milliseconds between two exports of metrics, the default of the standard. */
const METRIC_INTERVAL_MS = 60_000;

const HARMLESS = /^[\w./-]{1,40}$/;

/** The variable of one signal where it is set, otherwise that of all signals. */
function readShared(env: Environment, signal: string, name: string): Sourced {
  const specific = `OTEL_EXPORTER_OTLP_${signal}_${name}` as const;
  const value = readVariable(env, specific);
  const shared = `OTEL_EXPORTER_OTLP_${name}` as const;
  return value === undefined
    ? { value: readVariable(env, shared), source: shared }
    : { value, source: specific };
}

function readProtocol(env: Environment, signal: string): OtlpProtocol {
  const { value, source } = readShared(env, signal, 'PROTOCOL');
  const protocol = protocols.find((supported) => supported === (value ?? protocols[0]));
  if (protocol === undefined) {
    throw new ConfigError(
      `${source} must be ${protocols.join(' or ')}${repeatIfHarmless(value ?? '', HARMLESS, ', not ')}. A collector takes both on port 4318.`,
    );
  }
  return protocol;
}

/** @throws ConfigError for an endpoint, an exporter or a protocol that cannot be used */
function readSignal(env: Environment, signal: 'TRACES' | 'METRICS'): OtlpProtocol | undefined {
  const endpoint = readShared(env, signal, 'ENDPOINT');
  const exporter = `OTEL_${signal}_EXPORTER` as const;
  const kind = readVariable(env, exporter) ?? (endpoint.value === undefined ? 'none' : 'otlp');
  if (kind === 'none') {
    return undefined;
  }
  if (kind !== 'otlp') {
    throw new ConfigError(
      `${exporter} must be otlp or none${repeatIfHarmless(kind, HARMLESS, ', not ')}.`,
    );
  }
  const { value = 'http://localhost:4318', source } = endpoint;
  if (!URL.canParse(value) || !['http:', 'https:'].includes(new URL(value).protocol)) {
    throw new ConfigError(`${source} must be a URL such as http://localhost:4318.`);
  }
  return readProtocol(env, signal);
}

function readMetricInterval(env: Environment): number {
  const name = 'OTEL_METRIC_EXPORT_INTERVAL';
  const interval = Number(readVariable(env, name) ?? METRIC_INTERVAL_MS);
  if (!Number.isInteger(interval) || interval <= 0) {
    throw new ConfigError(`${name} must be a whole number of milliseconds.`);
  }
  return interval;
}

/**
 * Reads which signals are sent: those whose exporter is `otlp`, or that have an endpoint.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 *
 * @returns undefined where nothing is sent
 * @throws ConfigError with every problem in the variables
 */
export function readTelemetrySettings(env: Environment): TelemetrySettings | undefined {
  if (readVariable(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') {
    return undefined;
  }
  const settings = readAll({
    traces: () => readSignal(env, 'TRACES'),
    metrics: () => readSignal(env, 'METRICS'),
    metricIntervalMs: () => readMetricInterval(env),
  });
  return settings.traces === undefined && settings.metrics === undefined ? undefined : settings;
}
