/**
 * The releases of Logto. Separate from `releases.ts`, which loads zod, because the configuration reads them at every start.
 */

/** The releases of Logto that the catalog distinguishes, oldest first. A patch release counts as its minor release. */
export const releases = ['1.42', '1.43', '1.44', '1.45', '1.46'] as const;

export type Release = (typeof releases)[number];

/** The oldest release that the catalog describes. */
export const BASE_RELEASE: Release = '1.42';

/** The newest release that the catalog describes. */
export const CATALOG_RELEASE: Release = '1.46';

/** A release after `CATALOG_RELEASE` that has no number yet: what only Logto Cloud and development builds have. */
export const NEXT_RELEASE = 'next';

/** Since when a part exists. */
export type Since = Release | typeof NEXT_RELEASE;

/** Whether a Logto of `release` has a part that exists since `since`; undefined is the base. */
export const isIn = (release: Release, since: Since | undefined): boolean =>
  since !== NEXT_RELEASE && releases.indexOf(since ?? BASE_RELEASE) <= releases.indexOf(release);

/** A release as people write it: `1.44`, or "a release after 1.46". */
export const describeSince = (since: Since): string =>
  since === NEXT_RELEASE ? `a release after ${CATALOG_RELEASE}` : since;

/** The releases that the sandbox can be; `next` has everything that the catalog has. */
export const SANDBOX_RELEASES: readonly Since[] = [...releases, NEXT_RELEASE];
