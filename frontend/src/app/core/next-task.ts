/**
 * Lets the browser draw and hear the person before what comes next. The start takes several such breaths: on a slow
 * phone it would otherwise be one task of half a second.
 */
export const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
