'use strict';
// Which of AWS's clients a function's runtime has: 3.x up to nodejs22.x, 4.x from nodejs24.x on.
const FIRST_CURRENT = 24;
const major = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? '')?.[1] ?? FIRST_CURRENT);

module.exports = { isLegacy: major < FIRST_CURRENT };
