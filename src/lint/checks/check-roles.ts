import type { AlterRoleStmt, GrantRoleStmt, Node, RoleSpec } from "libpg-query";
import { nodesIn } from "../names.ts";
import type { Context } from "../problem.ts";
import { isNewRole, rolesIn, showRole, showRoles } from "../roles.ts";

/** DROP ROLE, DROP OWNED and DROP USER MAPPING. */
export function checkDropRole(statement: Node, context: Context): void {
  const live = (nodes?: readonly Node[]) => rolesIn(nodes).filter((role) => !isNewRole(role, context.scope));
  if ("DropRoleStmt" in statement) {
    const roles = live(statement.DropRoleStmt.roles);
    if (roles.length > 0) reportDrop(`role ${showRoles(roles)}`, context);
  } else if ("DropOwnedStmt" in statement) {
    const roles = live(statement.DropOwnedStmt.roles);
    if (roles.length > 0) reportDrop(`everything that ${showRoles(roles)} owns`, context);
  } else if ("DropUserMappingStmt" in statement) {
    const { user, servername = "" } = statement.DropUserMappingStmt;
    if (user === undefined || isNewRole(user, context.scope) || context.scope.isNew("server", [servername])) return;
    const what = `the user mapping of ${showRole(user)} for server ${servername}`;
    reportDrop(what, context, { isOutside: false });
  }
}

/** Roles, their rights and databases belong to the whole server, so they count even if this database is empty. */
export function reportDrop(what: string, { report, at }: Context, { isOutside } = { isOutside: true }): void {
  const message = `DROP removes ${what}, which the previous version may still use.`;
  report({ rule: "drop-object", at, message, isOutside });
}

export function checkRevokeRole(statement: GrantRoleStmt, context: Context): void {
  const { is_grant: isGrant, granted_roles: granted = [], grantee_roles: grantees, opt = [] } = statement;
  if (isGrant === true) return;
  const options = opt.flatMap((node) => ("DefElem" in node ? [node.DefElem.defname ?? ""] : []));
  // Without ADMIN OPTION the role cannot grant it to others, but still has it.
  if (options.includes("admin")) return;
  const roles = granted.flatMap((node) => ("AccessPriv" in node ? [node.AccessPriv.priv_name ?? ""] : []));
  const what = options.length === 0 ? "" : `the ${options.join(", ").toUpperCase()} OPTION of `;
  reportRevoke(`${what}role ${roles.join(", ")}`, rolesIn(grantees), context);
}

/** ALTER GROUP … DROP USER is another spelling of REVOKE. */
export function checkAlterGroup({ role, action, options = [] }: AlterRoleStmt, context: Context): void {
  if (role === undefined || action !== -1) return;
  const members = options.flatMap((node) =>
    "DefElem" in node && node.DefElem.defname === "rolemembers"
      ? [...nodesIn(node)].flatMap(([kind, fields]) => (kind === "RoleSpec" ? [fields as RoleSpec] : []))
      : [],
  );
  if (members.length > 0) reportRevoke(`role ${showRole(role)}`, members, context);
}

function reportRevoke(what: string, grantees: readonly RoleSpec[], { scope, report, at }: Context): void {
  const live = grantees.filter((role) => !isNewRole(role, scope));
  if (live.length === 0) return;
  const message = `REVOKE takes ${what} from ${showRoles(live)}. The previous version may run as that role.`;
  report({ rule: "revoke", at, message, isOutside: true });
}
