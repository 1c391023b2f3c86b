/** Names that other APIs give to arguments. */

/** Names of an argument in other APIs, with its name here. */
const SYNONYMS: readonly (readonly [pattern: RegExp, names: readonly string[]])[] = [
  [
    /^(?:limit|per_?page|page_?size|count|size|max(?:_?results)?|first|top|take)$/i,
    ['page_size', 'limit'],
  ],
  [/^(?:page_?(?:number|no|index)|p)$/i, ['page']],
  [
    /^(?:q|query|search|filter|keywords?|term|text|words|e?mail|name|user_?name|phone)$/i,
    ['search', 'q'],
  ],
  [/^(?:e_?mail|email_?address)$/i, ['primaryEmail', 'email']],
  [/^(?:phone(?:_?number)?|mobile)$/i, ['primaryPhone', 'phone']],
  [/^(?:from|since|after|start|start_?date|from_?date)$/i, ['start_time']],
  [/^(?:to|until|before|end|end_?date|to_?date)$/i, ['end_time']],
  [/^(?:select|include|columns|properties|attributes)$/i, ['fields']],
];

/** The declared arguments that another API's name can mean. */
export const synonymsOf = (name: string, declared: readonly string[]): string[] => {
  const synonyms = SYNONYMS.filter(([pattern]) => pattern.test(name)).flatMap(([, names]) =>
    names.filter((synonym) => declared.includes(synonym)),
  );
  // An id is called "id" in one operation and "userId" in the next.
  const ids = /^(?:id|uuid|.+_?id)$/i.test(name)
    ? declared.filter((argument) => /^id$|Id$/.test(argument))
    : /^(?:ids|.+_?ids)$/i.test(name)
      ? declared.filter((argument) => /Ids$/.test(argument))
      : [];
  return [...new Set([...synonyms, ...(ids.length <= 2 ? ids : [])])];
};
