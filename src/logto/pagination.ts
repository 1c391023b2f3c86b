/** Page metadata from the headers of a list. */

/** What an agent needs to ask for further pages. Numbers, not links: Logto's links lack `/api` and lead nowhere. */
export interface Page {
  readonly page: number;
  readonly page_size: number;
  /** Items in all. Missing when Logto did not say. */
  readonly total?: number;
  /** Missing when `total` is missing or only a lower bound. */
  readonly total_pages?: number;
  readonly has_more: boolean;
  /** The number to ask for next; null on the last page. */
  readonly next_page: number | null;
  /** `total` is only a lower bound: Logto stopped counting there. */
  readonly total_is_lower_bound?: true;
}

export const firstPage = 1;
export const DEFAULT_PAGE_SIZE = 20;

export interface PageFacts {
  readonly page: number;
  readonly pageSize: number;
  /** How many items this page holds. */
  readonly count: number;
  /** `Total-Number`. */
  readonly total: string | null;
  /** `Total-Number-Is-Capped`. */
  readonly capped: string | null;
  /** The total counts items that the filters left out. */
  readonly totalIgnoresFilters: boolean;
}

/**
 * Derives the metadata. Where the total cannot be trusted to end the walk (capped, missing, or blind to filters), a page
 * that is not full is the last one.
 */
export function readPage(facts: PageFacts): Page {
  const { page, pageSize, count, totalIgnoresFilters } = facts;
  const counted = /^\d+$/.test(facts.total ?? '') ? Number(facts.total) : Number.NaN;
  const known = !Number.isNaN(counted);
  const lowerBound = known && facts.capped?.toLowerCase() === 'true';
  const full = count >= pageSize;
  const pages = known ? Math.ceil(counted / pageSize) : 0;
  const hasMore =
    !known || lowerBound ? full : totalIgnoresFilters ? full && page < pages : page < pages;
  return {
    page,
    page_size: pageSize,
    ...(known && { total: counted }),
    ...(known && !lowerBound && { total_pages: pages }),
    has_more: hasMore,
    next_page: hasMore ? page + 1 : null,
    ...(lowerBound && { total_is_lower_bound: true as const }),
  };
}
