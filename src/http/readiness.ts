/** Whether this process can serve: keys of the issuer, token for Logto, store. */

/** Milliseconds for which an outcome is kept: probes come often, and from several places. */
const LIFETIME_MS = 5_000;

/** Milliseconds for one check. */
const TIMEOUT_MS = 8_000;

export interface ReadinessCheck {
  readonly name: string;
  /** Rejects if the check fails. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, 'ok' | 'failed'>>;
}

export class Readiness {
  #last: { readonly report: Promise<ReadinessReport>; readonly until: number } | undefined;

  constructor(
    private readonly checks: readonly ReadinessCheck[],
    private readonly report: (error: unknown) => void,
    private readonly now: () => number = Date.now,
  ) {}

  read(): Promise<ReadinessReport> {
    if (this.#last === undefined || this.#last.until <= this.now()) {
      this.#last = { report: this.#run(), until: this.now() + LIFETIME_MS };
    }
    return this.#last.report;
  }

  async #run(): Promise<ReadinessReport> {
    const outcomes = await Promise.all(
      this.checks.map(async ({ name, run }) => {
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const timeout = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
        try {
          await Promise.race([run(signal), timeout]);
          return [name, 'ok'] as const;
        } catch (error) {
          this.report(error);
          return [name, 'failed'] as const;
        }
      }),
    );
    return {
      ready: outcomes.every(([, outcome]) => outcome === 'ok'),
      checks: Object.fromEntries(outcomes),
    };
  }
}
