/** Repeated measurements and their medians. */

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
  return { min: quantile(0), median: quantile(0.5), max: quantile(1) };
}

export const format = ({ min, median, max }: Spread, unit: string, digits = 0): string =>
  `${median.toFixed(digits)} ${unit} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;

/** Runs several measurements in turn, round by round, so that load on the machine affects all of them. */
export async function interleave<T extends Readonly<Record<string, () => Promise<number>>>>(
  rounds: number,
  tasks: T,
): Promise<{ [K in keyof T]: Spread }> {
  type K = keyof T & string;
  const names = Object.keys(tasks) as K[];
  const results = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const task = tasks[name];
      if (task !== undefined) {
        results.get(name)?.push(await task());
      }
    }
  }
  return Object.fromEntries(names.map((name) => [name, spread(results.get(name) ?? [])])) as {
    [N in keyof T]: Spread;
  };
}
