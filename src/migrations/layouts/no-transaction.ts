/**
 * Whether a comment asks to run the file without a transaction: `-- no-transaction`, `-- transactional: false`,
 * `-- disable_ddl_transaction!`. "this needs no transaction here" is prose.
 */
export function saysNoTransaction(comment: string): boolean {
  if (comment.length > 80) return false;
  const text = comment.toLowerCase().replaceAll(/^[\s\-*#/+@!]+|[\s*/!.;()-]+$/g, "");
  return noWord.test(text) || setting.test(text);
}

const noWord =
  /^(?:[\w-]+[ .:]+)?(?:no|non|not|disable|without|skip|outside|use[-_ ]*no)[-_ ]*(?:a[-_ ]+)?(?:ddl[-_ ]*|migration[-_ ]*)?(?:transactions?|tx|txn)$/;
const setting =
  /^(?:[\w-]+[ .:]+)?(?:(?:use|run|execute|wrap|with)?[-_ ]*(?:in|inside)?[-_ ]*(?:transaction(?:al)?s?|tx|txn|txmode))[ \t]*[:= ][ \t]*(?:false|none|off|no|never|disabled?)$/;
