// @ts-check
/** What a file is to those who look at it. */

/** @typedef {{type: string}} Typed */

/** @param {Typed} file */
export const isPicture = ({ type }) => /^image\/(jpeg|png|webp|gif|avif)$/.test(type);
/** @param {Typed} file */
export const isSound = ({ type }) => type.startsWith('audio/');
/** @param {Typed} file */
export const isFilm = ({ type }) => type.startsWith('video/');
