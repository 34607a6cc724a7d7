import type { GrantRoleStmt, GrantStmt, Node } from "libpg-query";
import { nameOf, show } from "../names.ts";
import type { Context } from "../problem.ts";
import type { ObjectKind } from "../object-kinds.ts";

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
  if (others.length === 0) return;
  const inSchema = statement.targtype === "ACL_TARGET_ALL_IN_SCHEMA" ? "everything in " : "";
  report({
    rule: "revoke",
    at,
    message: `REVOKE takes rights on ${inSchema}${others.map(show).join(", ")} from ${rolesIn(grantees)}, as which the previous version may run.`,
  });
}

export function checkRevokeRole(statement: GrantRoleStmt, { report, at }: Context): void {
  if (statement.is_grant === true) return;
  const roles = (statement.granted_roles ?? []).flatMap((node) =>
    "AccessPriv" in node ? [node.AccessPriv.priv_name ?? ""] : [],
  );
  report({
    rule: "revoke",
    at,
    isOutside: true,
    message: `REVOKE takes role ${roles.join(", ")} from ${rolesIn(statement.grantee_roles)}, as which the previous version may run.`,
  });
}

function rolesIn(nodes: readonly Node[] = []): string {
  const names = nodes.flatMap((node) => ("RoleSpec" in node ? [node.RoleSpec] : []));
  return names
    .map(({ roletype, rolename }) => rolename ?? (roletype === "ROLESPEC_PUBLIC" ? "PUBLIC" : "the current role"))
    .join(", ");
}
