import { describe, expect, it } from 'vitest';
import { readPage } from '../../src/logto/pagination.js';

const facts = {
  page: 1,
  pageSize: 20,
  count: 20,
  total: '45',
  capped: null,
  totalIgnoresFilters: false,
};

describe('page metadata', () => {
  it('has the total and the next page', () => {
    expect(readPage(facts)).toEqual({
      page: 1,
      page_size: 20,
      total: 45,
      total_pages: 3,
      has_more: true,
      next_page: 2,
    });
  });

  it('ends on the last page', () => {
    expect(readPage({ ...facts, page: 3, count: 5 })).toMatchObject({
      has_more: false,
      next_page: null,
    });
  });

  it('ends on a full last page, and continues after a short one, by the total', () => {
    expect(readPage({ ...facts, total: '40', page: 2 })).toMatchObject({ has_more: false });
    expect(readPage({ ...facts, count: 5 })).toMatchObject({ has_more: true, next_page: 2 });
  });

  it('ends past the end, and on an empty list', () => {
    expect(readPage({ ...facts, page: 9, count: 0 })).toMatchObject({ has_more: false });
    expect(readPage({ ...facts, total: '0', count: 0 })).toMatchObject({
      total: 0,
      total_pages: 0,
      has_more: false,
    });
  });

  it('marks a capped total as a lower bound, and continues while pages are full', () => {
    const capped = { ...facts, total: '20', capped: 'true' };
    expect(readPage(capped)).toEqual({
      page: 1,
      page_size: 20,
      total: 20,
      has_more: true,
      next_page: 2,
      total_is_lower_bound: true,
    });
    expect(readPage({ ...capped, count: 3 })).toMatchObject({ has_more: false });
  });

  it('ends on a short page where the total ignores the filters', () => {
    const blind = { ...facts, totalIgnoresFilters: true };
    expect(readPage({ ...blind, count: 2 })).toMatchObject({ total: 45, has_more: false });
    expect(readPage(blind)).toMatchObject({ has_more: true });
  });

  it('has no lower bound where the total cannot be read', () => {
    const page = readPage({ ...facts, total: 'many', capped: 'true', count: 3 });
    expect(page).toStrictEqual({ page: 1, page_size: 20, has_more: false, next_page: null });
  });

  it.each([null, '', 'many', '-1', '45 or so', 'about 45'])(
    'omits a total that cannot be read: %s',
    (total) => {
      expect(readPage({ ...facts, total })).toEqual({
        page: 1,
        page_size: 20,
        has_more: true,
        next_page: 2,
      });
    },
  );
});
