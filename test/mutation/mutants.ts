import ts from 'typescript';

/** One program text in which one thing is different. */
export interface Mutant {
  /** What was changed, as a reader would find it. */
  readonly name: string;
  readonly text: string;
}

interface Change {
  readonly node: ts.Node;
  readonly to: string;
}

const OPERATORS: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
};

/**
 * Every clause of a program left out in turn: each condition always or never met, each operand of `&&` and
 * `||` dropped, each comparison shifted or turned round, each refusal, call and loop taken out, each answer
 * replaced by yes.
 */
export function mutantsOf(text: string): Mutant[] {
  const source = ts.createSourceFile('mutated.js', text, ts.ScriptTarget.Latest, true);
  const changes: Change[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isConstructorDeclaration(node)) return;
    changes.push(...changesOf(node));
    ts.forEachChild(node, visit);
  };
  source.statements.filter(isCode).forEach(visit);
  return changes.map(({ node, to }) => {
    const [from, end] = [node.getStart(source), node.getEnd()];
    const line = source.getLineAndCharacterOfPosition(from).line;
    const whole = text.split('\n')[line]!.trim();
    const was = node.getText(source).replace(/\s+/g, ' ');
    return {
      name: `${whole}  ✗ ${was} → ${to || 'nothing'}`,
      text: text.slice(0, from) + to + text.slice(end),
    };
  });
}

/** Imports, exports and what the compiler made of the decorators decide nothing. */
function isCode(statement: ts.Statement): boolean {
  return ts.isFunctionDeclaration(statement)
    ? statement.name !== undefined
    : ts.isVariableStatement(statement) && /\bclass\b/.test(statement.getText());
}

function changesOf(node: ts.Node): Change[] {
  if (ts.isIfStatement(node)) return either(node.expression);
  if (ts.isConditionalExpression(node)) return either(node.condition);
  if (ts.isThrowStatement(node) || ts.isForOfStatement(node) || ts.isForStatement(node))
    return [{ node, to: ';' }];
  if (ts.isExpressionStatement(node)) return [{ node, to: ';' }];
  if (ts.isReturnStatement(node) && node.expression) {
    return node.expression.kind === ts.SyntaxKind.TrueKeyword ? [] : [{ node, to: 'return true;' }];
  }
  if (ts.isCaseClause(node)) return [{ node: node.expression, to: '"nothing"' }];
  if (ts.isBinaryExpression(node)) return ofOperator(node);
  return [];
}

function either(node: ts.Expression): Change[] {
  return [
    { node, to: 'true' },
    { node, to: 'false' },
  ];
}

function ofOperator(node: ts.BinaryExpression): Change[] {
  const { left, right, operatorToken } = node;
  const { AmpersandAmpersandToken, BarBarToken, QuestionQuestionToken } = ts.SyntaxKind;
  if ([AmpersandAmpersandToken, BarBarToken, QuestionQuestionToken].includes(operatorToken.kind)) {
    return [left, right].map((kept) => ({ node, to: kept.getText() }));
  }
  const to = OPERATORS[operatorToken.kind];
  return to === undefined ? [] : [{ node: operatorToken, to }];
}
