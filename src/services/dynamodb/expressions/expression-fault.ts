/** What is wrong with an expression, without the words of which expression it is. */
export class ExpressionFault extends Error {}
