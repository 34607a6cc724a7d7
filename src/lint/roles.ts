import type { Node, RoleSpec, RoleSpecType } from "libpg-query";
import type { Scope } from "./scope.ts";

export function rolesIn(nodes: readonly Node[] = []): readonly RoleSpec[] {
  return nodes.flatMap((node) => ("RoleSpec" in node ? [node.RoleSpec] : []));
}

/** CURRENT_USER and its like have no name in the syntax tree, and may be anybody: never look up the name "" for them. */
export function nameOfRole({ roletype, rolename }: RoleSpec, scope: Scope): string | undefined {
  const isCurrent = roletype === "ROLESPEC_CURRENT_USER" || roletype === "ROLESPEC_CURRENT_ROLE";
  return isCurrent ? scope.currentRole : rolename;
}

/** Whether this upgrade made the role: the previous version cannot run as it. */
export function isNewRole({ roletype, rolename }: RoleSpec, scope: Scope): boolean {
  return roletype === "ROLESPEC_CSTRING" && rolename !== undefined && scope.isNew("role", [rolename]);
}

const words: Partial<Record<RoleSpecType, string>> = {
  ROLESPEC_PUBLIC: "PUBLIC",
  ROLESPEC_SESSION_USER: "the session's role",
};

export function showRole({ roletype = "ROLESPEC_CSTRING", rolename }: RoleSpec): string {
  return rolename ?? words[roletype] ?? "the current role";
}

export const showRoles = (roles: readonly RoleSpec[]) => roles.map(showRole).join(", ");
