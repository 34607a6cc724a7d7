import type { GrantStmt } from "libpg-query";
import { nameOf, show } from "../names.ts";
import type { Context } from "../problem.ts";
import type { ObjectKind } from "../object-kinds.ts";
import { isNewRole, rolesIn, showRoles } from "../roles.ts";

const kinds: Readonly<Record<string, ObjectKind>> = {
  OBJECT_TABLE: "relation",
  OBJECT_SEQUENCE: "relation",
  OBJECT_FUNCTION: "routine",
  OBJECT_PROCEDURE: "routine",
  OBJECT_ROUTINE: "routine",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "type",
  OBJECT_SCHEMA: "schema",
};

export function checkRevoke(statement: GrantStmt, { scope, report, at }: Context): void {
  const { is_grant: isGrant, grant_option: onlyToGrant, objtype: type = "", objects = [], grantees } = statement;
  if (isGrant === true || onlyToGrant === true || statement.targtype === "ACL_TARGET_DEFAULTS") return;
  const kind = statement.targtype === "ACL_TARGET_ALL_IN_SCHEMA" ? "schema" : kinds[type];
  const others = objects.map(nameOf).filter((name) => kind === undefined || !scope.isNew(kind, name));
  const losers = rolesIn(grantees).filter((role) => !isNewRole(role, scope));
  if (others.length === 0 || losers.length === 0) return;
  const inSchema = statement.targtype === "ACL_TARGET_ALL_IN_SCHEMA" ? "everything in " : "";
  report({
    rule: "revoke",
    at,
    message: `REVOKE takes rights on ${inSchema}${others.map(show).join(", ")} from ${showRoles(losers)}. The previous version may run as that role.`,
  });
}
