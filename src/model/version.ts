/** The version of this program. */
export const LAMBKIN_VERSION = '0.1.0';
