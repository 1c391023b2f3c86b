/** Does a job with its script, as an agent would whose client cannot ask: the plan is confirmed by a second call. */
import { memberOf } from '../../../src/json.js';
import { type Connected, succeed } from '../../support/client.js';
import type { Job } from './jobs.js';

/** What all jobs together have taken. */
export interface Spent {
  calls: number;
  /** Of the answers. */
  bytes: number;
}

/** @returns the answer of the job, as a text */
export async function doJob(call: Connected['call'], job: Job, spent: Spent): Promise<string> {
  const counted = async (values: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const { result } = await succeed(call, 'run_script', values);
    spent.calls += 1;
    spent.bytes += Buffer.byteLength(JSON.stringify({ result }));
    return result;
  };
  const first = await counted({ code: job.script });
  const plan = memberOf(first, 'plan');
  const done = plan === undefined ? first : await counted({ plan });
  const run = memberOf(done, 'run');
  if (
    run !== undefined &&
    (memberOf(run, 'left') !== 0 || JSON.stringify(memberOf(run, 'failed')) !== '[]')
  ) {
    throw new Error(`${job.title}: ${JSON.stringify(run)}`);
  }
  // What the plan has shown is not repeated, unless it holds ids that are known only now.
  const answer =
    run === undefined ? done : (memberOf(done, 'returned') ?? memberOf(first, 'would_return'));
  return typeof answer === 'string' ? answer : (JSON.stringify(answer) ?? '');
}
