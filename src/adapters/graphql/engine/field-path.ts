/** Returns the path of a field such as `emails[0].value` as a list of names and indexes. */
export const pathOf = (field: string): string[] => field.split(/[.[\]]+/).filter((part) => part !== '');
