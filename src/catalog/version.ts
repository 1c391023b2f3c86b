/** The version of Logto whose Management API the catalog describes. */
export const catalogVersion = '1.42';
