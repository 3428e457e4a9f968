"""``user``: the first account of a new house, and lost passwords. Everything else about accounts is done in the pages."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING, Any

import click

from .start import option_json, print_json, ready

if TYPE_CHECKING:
    from shegong.kernel.orgs.models import User
    from shegong.kernel.orgs.reach import Actor


ADMINISTRATORS = ["system_admin", "security_admin", "audit_admin"]


@click.group("user")
def user_command() -> None:
    """账号：首个管理员、重置密码、重置第二因素。 Accounts: first administrator, lost password, lost second factor."""


@user_command.command("list")
@option_json
def list_command(as_json: bool) -> None:
    """列出账号与当前任职。 List accounts with the posts they hold."""
    with ready():
        from shegong.kernel.orgs.models import User
        from shegong.kernel.orgs.reach import load_actor

        found: list[dict[str, Any]] = []
        for user in User.objects.order_by("username"):
            actor = load_actor(user.pk, via="cli")
            posts = [{"role": p.role, "org": p.org_name} for p in actor.posts] if actor else []
            found.append({"username": user.username, "name": user.name, "active": user.is_active, "posts": posts})
    if as_json:
        print_json(found)
        return
    for line in found:
        held = "；".join(f"{p['role']} {p['org']}" for p in line["posts"])
        click.echo(f"{line['username']:<20} {line['name']:<8} {'' if line['active'] else '(停用 closed) '}{held}")


@user_command.command("first")
@click.argument("username")
@click.option("--name", required=True, help="姓名。 Name.")
@click.option(
    "--org",
    "org_code",
    required=True,
    help="组织编码；不存在时用 --org-name 建立。 Code; founded with --org-name when missing.",
)
@click.option("--org-name", default="", help="新建组织的名称。 Name of the organisation to found.")
@click.option("--role", type=click.Choice(ADMINISTRATORS), default="security_admin", show_default=True,
              help="三员之一，须由三人分任。 One of the three administrators, held by three persons.")  # fmt: skip
def first_command(username: str, name: str, org_code: str, org_name: str, role: str) -> None:
    """新装系统的首批管理员。 The first administrators of a new house."""
    with ready():
        from shegong.kernel.orgs import tree
        from shegong.kernel.orgs.models import Grant, Org, User
        from shegong.kernel.orgs.reach import everything, today

        with everything() as actor:
            if Grant.objects.filter(role=role).exists():
                raise click.UsageError(f"已有 {role}，请由安全管理员在页面办理。 There is one; use the pages.")
            org = Org.objects.filter(code=org_code).first()
            if org is None and not org_name:
                raise click.UsageError("没有这个组织；请给出 --org-name。 No such organisation; give --org-name.")
            founding = tree.Founding(org_code, org_name, "province", None, opened_on=dt.date(today().year, 1, 1))
            org = org or tree.found(founding)
            user = User(username=username.strip().lower(), name=name, must_change_password=True)
            password = _set_password(user)
            user.save()
            Grant.objects.create(user=user, role=role, org=org, valid_from=today(), reason="cli: first administrator")
            _write(actor, "orgs.account.open", user.pk, role)
    click.echo(password)


@user_command.command("password")
@click.argument("username")
@click.option(
    "--as", "by", required=True, metavar="USER", help="安全管理员的账号。 A security administrator's account."
)
def password_command(username: str, by: str) -> None:
    """重置密码：打印一次性密码，登录后须改。 Reset a password: prints one that must be changed; sessions end."""
    with ready():
        user, actor = _subject(username, by)
        from shegong.kernel.orgs.reach import acting

        with acting(actor):
            password = _set_password(user)
            user.must_change_password = True
            user.save(update_fields=["password", "must_change_password"])
            _write(actor, "orgs.account.reset_password", user.pk, "")
    click.echo(password)


@user_command.command("second-factor")
@click.argument("username")
@click.option(
    "--as", "by", required=True, metavar="USER", help="安全管理员的账号。 A security administrator's account."
)
def second_factor_command(username: str, by: str) -> None:
    """清除第二因素（换手机后重新绑定）。 Forget the second factor; it is set up anew at the next sign-in."""
    with ready():
        user, actor = _subject(username, by)
        from shegong.kernel.orgs.reach import acting

        with acting(actor):
            user.totp_secret, user.totp_last_step = None, 0
            user.save(update_fields=["totp_secret", "totp_last_step"])
            _write(actor, "orgs.account.reset_second_factor", user.pk, "")
    click.echo("ok")


def _subject(username: str, by: str) -> tuple[User, Actor]:
    """The account concerned and the security administrator who acts; refused for anyone else."""
    from shegong.kernel.actions.errors import NotAllowed
    from shegong.kernel.orgs.models import Grant, User

    from .start import acting_as

    actor = acting_as(by)
    if "security_admin" not in actor.roles():
        raise NotAllowed
    user = User.objects.filter(username=username.strip().lower()).first()
    if user is None:
        raise click.BadParameter(f"没有这个账号 no such account: {username}")
    held = Grant.objects.filter(user=user).values_list("org__path", flat=True)
    if not all(path.startswith(actor.prefixes({"security_admin"})) for path in held):
        raise NotAllowed  # somebody of another place, who has a security administrator of their own
    return user, actor


def _set_password(user: User) -> str:
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    user.set_password(password)
    return password


def _write(actor: Actor, deed: str, subject: object, reason: str) -> None:
    from shegong.kernel.audit import trail

    trail.write(
        actor, trail.Line(deed, "orgs.account", subject, actor.posts[0].path if actor.posts else "", reason=reason)
    )
