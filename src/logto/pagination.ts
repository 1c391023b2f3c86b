/** Page metadata from the headers of a list. */

/** What an agent needs to request further pages. Numbers, not links: Logto's links lack `/api` and do not work. */
export interface Page {
  readonly page: number;
  readonly page_size: number;
  /** Number of all items. Missing if Logto does not send it. */
  readonly total?: number;
  /** Missing when `total` is missing or only a lower bound. */
  readonly total_pages?: number;
  readonly has_more: boolean;
  /** The page to request next; null on the last page. */
  readonly next_page: number | null;
  /** `total` is only a lower bound: Logto stopped counting. */
  readonly total_is_lower_bound?: true;
}

export const FIRST_PAGE = 1;
/** Items of a page when no size is given. */
export const DEFAULT_PAGE_SIZE = 20;

export interface PageFacts {
  readonly page: number;
  readonly pageSize: number;
  /** How many items this page has. */
  readonly count: number;
  /** `Total-Number`. */
  readonly total: string | null;
  /** `Total-Number-Is-Capped`. */
  readonly capped: string | null;
  /** Whether the total also counts items that the filters exclude. */
  readonly totalIgnoresFilters: boolean;
}

/**
 * Derives the metadata. If the total does not identify the last page (capped, missing, or ignoring the filters), a page
 * that is not full is the last one.
 */
export function readPage(facts: PageFacts): Page {
  const { page, pageSize, count, totalIgnoresFilters } = facts;
  const total = /^\d+$/.test(facts.total ?? '') ? Number(facts.total) : undefined;
  const isLowerBound = total !== undefined && facts.capped?.toLowerCase() === 'true';
  const isFull = count >= pageSize;
  const pages = total === undefined ? 0 : Math.ceil(total / pageSize);
  const hasMore =
    total === undefined || isLowerBound ? isFull : page < pages && (isFull || !totalIgnoresFilters);
  return {
    page,
    page_size: pageSize,
    ...(total !== undefined && { total }),
    ...(total !== undefined && !isLowerBound && { total_pages: pages }),
    has_more: hasMore,
    next_page: hasMore ? page + 1 : null,
    ...(isLowerBound && { total_is_lower_bound: true as const }),
  };
}
