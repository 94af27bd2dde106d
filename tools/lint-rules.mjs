// @ts-check
// The project's own lint rules; .oxlintrc.json says which files they are for.

/** @typedef {{ report(problem: { node: object, message: string }): void }} Context */

/**
 * A rule that reports what the selectors match.
 * @param {Record<string, string>} messages by selector (https://eslint.org/docs/latest/extend/selectors)
 */
const rule = (messages) => ({
  /** @param {Context} context */
  create: (context) =>
    Object.fromEntries(
      Object.entries(messages).map(([selector, message]) => [
        selector,
        (/** @type {object} */ node) => context.report({ node, message }),
      ]),
    ),
});

export default {
  meta: { name: 'cloudmover' },
  rules: {
    'one-statement-methods': rule({
      'MethodDefinition[decorators.length>0] > FunctionExpression > BlockStatement[body.length>1]':
        'A controller method is one statement: move the work into the service or the DTO.',
    }),
    'no-sleep': rule({
      "NewExpression[callee.name='Promise'] CallExpression[callee.name='setTimeout']": 'Do not sleep in tests.',
      "CallExpression[callee.property.name='waitForTimeout']": 'Do not sleep in tests.',
    }),
    'no-duration': rule({
      "CallExpression[callee.property.name=/^toBe(Less|Greater)Than/] CallExpression[callee.name='expect'] BinaryExpression[operator='-'] > CallExpression[callee.property.name='now']":
        'Do not assert wall-clock time: compare with a time that was read before.',
    }),
  },
};
