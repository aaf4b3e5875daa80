"""Every error that the product means, in one tree; handlers turn it into HTTP once.

ImserverError
├── SettingsError                 a setting is unknown, missing or out of range
├── StoreError                    the database is in a state that needs a person
└── ServiceError                  a request that gets a typed answer
    ├── InvalidRequest       400  invalid_request
    │   ├── MalformedJson         malformed_json
    │   ├── UnknownField          unknown_field
    │   ├── InvalidText           invalid_text
    │   ├── InvalidCursor         invalid_cursor
    │   ├── FileBroken            file_broken
    │   ├── InvalidReply          invalid_reply
    │   ├── InvalidMention        invalid_mention
    │   └── InvalidReaction       invalid_reaction
    ├── Unauthenticated      401  unauthenticated
    │   ├── TokenMalformed        token_malformed
    │   ├── TokenForged           token_forged
    │   ├── TokenExpired          token_expired
    │   ├── TokenNotYetValid      token_not_yet_valid   (a skewed clock)
    │   ├── TokenWrongSite        token_wrong_site
    │   ├── TokenUsed             token_used            (one with a jti)
    │   ├── WrongApiKey           api_key_wrong
    │   ├── SessionEnded          session_ended
    │   └── SignInRefused         sign_in_refused       (the console)
    ├── Forbidden            403  forbidden
    │   ├── WrongOrigin           wrong_origin
    │   ├── Blocked               blocked               (by the one who asks)
    │   ├── EditTooLate           edit_too_late
    │   ├── GuestsMayNot          guests_may_not
    │   ├── SwitchedOff           switched_off          (by the site's owner)
    │   ├── SiteSuspended         site_suspended
    │   ├── SiteFull              site_full
    │   ├── Banned                banned                (until retry_after has passed, or for ever)
    │   ├── MessageRefused        message_refused       (words that the site does not let pass)
    │   └── LinksNotYet           links_not_yet         (somebody new)
    ├── NotFound             404  not_found
    ├── MethodNotAllowed     405  method_not_allowed
    ├── RequestTimeout       408  request_timeout
    ├── Conflict             409  conflict
    │   ├── ClientIdConflict      client_id_conflict
    │   ├── Replaced              replaced
    │   ├── GroupFull             group_full
    │   ├── MessageDeleted        message_deleted
    │   └── TooMany               too_many
    ├── LinkExpired          410  link_expired
    ├── BodyTooLarge         413  body_too_large
    │   ├── FileTooLarge          file_too_large
    │   ├── PictureTooLarge       picture_too_large     (pixels, frames)
    │   └── QuotaExceeded         quota_exceeded
    ├── FileTypeRefused      415  file_type_refused
    ├── RangeRefused         416  range_refused
    ├── UpgradeRequired      426  upgrade_required
    ├── RateLimited          429  rate_limited
    │   ├── SlowMode              slow_mode
    │   ├── SiteLimit             site_limit            (what the site's plan holds is used up)
    │   ├── SiteBusy              site_busy             (others of the same site send too much)
    │   └── NewcomerLimited       newcomer_limited
    ├── InternalError        500  internal_error
    └── Unavailable          503  unavailable
        └── OutcomeUnknown        outcome_unknown       (repeat with the same client_id)
"""

# A time of this is never: every integer that JavaScript can hold is smaller.
FOR_EVER_MS = 2**53


class ImserverError(Exception):
    """The root of everything this package raises on purpose."""


class SettingsError(ImserverError):
    """A setting is unknown, missing or out of range; the text says which and what would be right."""


class StoreError(ImserverError):
    """The database is in a state that no retry mends, such as a migration that was edited."""


class ServiceError(ImserverError):
    """A request that cannot be served; ``code`` is for programs, the text for people.

    ``retry_after`` is in seconds and None where repeating the request cannot help.
    """

    code = "service_error"
    status = 500
    text = "The request could not be served."

    def __init__(self, text: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(text or self.text)
        self.retry_after = retry_after


class InvalidRequest(ServiceError):
    code, status, text = "invalid_request", 400, "The request is not valid."


class MalformedJson(InvalidRequest):
    code, text = "malformed_json", "The body is not valid JSON."


class UnknownField(InvalidRequest):
    code, text = "unknown_field", "The body has a field that this call does not know."


class InvalidText(InvalidRequest):
    code, text = "invalid_text", "A message holds 1 to 4,000 characters, at least one of them visible."


class InvalidCursor(InvalidRequest):
    code, text = "invalid_cursor", "The cursor is not one that this server hands out."


class FileBroken(InvalidRequest):
    code, text = "file_broken", "The picture is damaged and cannot be read."


class InvalidReply(InvalidRequest):
    code, text = "invalid_reply", "This conversation has no such message to answer."


class InvalidMention(InvalidRequest):
    code, text = "invalid_mention", "Somebody who is mentioned does not take part in this conversation."


class InvalidReaction(InvalidRequest):
    code, text = "invalid_reaction", "A reaction is one emoji."


class Unauthenticated(ServiceError):
    code, status, text = "unauthenticated", 401, "Sign in first."


class TokenMalformed(Unauthenticated):
    code, text = "token_malformed", "The token is not a signed token of the form that this server takes."


class TokenForged(Unauthenticated):
    code, text = "token_forged", "The token was not signed with a live key of this site."


class TokenExpired(Unauthenticated):
    code, text = "token_expired", "The token has expired; ask the host page for a new one."


class TokenNotYetValid(Unauthenticated):
    code, text = "token_not_yet_valid", "The token is not valid yet; the host's clock may be ahead."


class TokenWrongSite(Unauthenticated):
    code, text = "token_wrong_site", "The token was issued for another site."


class TokenUsed(Unauthenticated):
    code, text = "token_used", "The token has a jti and has been used; ask the host for a new one."


class WrongApiKey(Unauthenticated):
    code, text = "api_key_wrong", "This is no API key of a site, or no longer; make one and use that."


class SessionEnded(Unauthenticated):
    code, text = "session_ended", "The session has ended; sign in again."


class SignInRefused(Unauthenticated):
    code, text = "sign_in_refused", "The e-mail address or the password is not right."


class Forbidden(ServiceError):
    code, status, text = "forbidden", 403, "This is not allowed."


class WrongOrigin(Forbidden):
    code, text = "wrong_origin", "This web page's origin is not one of the site's."


class Blocked(Forbidden):
    code, text = "blocked", "You have blocked this person; unblock them first."


class EditTooLate(Forbidden):
    code, text = "edit_too_late", "This message may not be changed any more."


class GuestsMayNot(Forbidden):
    code, text = "guests_may_not", "Guests may not do this here; sign in with an account."


class SwitchedOff(Forbidden):
    code, text = "switched_off", "The owner of this site has switched this off."


class SiteSuspended(Forbidden):
    code, text = "site_suspended", "The messenger of this site is suspended; ask the owner of the site."


class SiteFull(Forbidden):
    code, text = "site_full", "This site has as many members as its plan holds; ask the owner of the site."


class Banned(Forbidden):
    """``until_ms`` is when it ends; what is so far away is for ever."""

    code, text = "banned", "You are banned from this site's messenger."

    def __init__(self, text: str | None = None, *, until_ms: int = 0, now: int = 0) -> None:
        ends = 0 < until_ms < FOR_EVER_MS
        super().__init__(text, retry_after=max(1.0, round((until_ms - now) / 1000, 1)) if ends else None)
        self.until_ms = until_ms


class MessageRefused(Forbidden):
    code, text = "message_refused", "This site does not let this message pass."


class LinksNotYet(Forbidden):
    code, text = "links_not_yet", "New members cannot send links yet."


class NotFound(ServiceError):
    code, status, text = "not_found", 404, "There is no such thing."


class MethodNotAllowed(ServiceError):
    code, status, text = "method_not_allowed", 405, "This address does not take that method."


class RequestTimeout(ServiceError):
    code, status, text = "request_timeout", 408, "The body took too long to arrive."


class Conflict(ServiceError):
    code, status, text = "conflict", 409, "The request contradicts what is stored."


class ClientIdConflict(Conflict):
    code, text = "client_id_conflict", "This client_id was used for another message."


class Replaced(Conflict):
    code, text = "replaced", "A newer connection of the same session took this one's place."


class GroupFull(Conflict):
    code, text = "group_full", "A group has at most 100 members; make a room for more."


class MessageDeleted(Conflict):
    code, text = "message_deleted", "This message has been deleted."


class TooMany(Conflict):
    code, text = "too_many", "There are as many as there may be."


class LinkExpired(ServiceError):
    code, status, text = "link_expired", 410, "This link is no longer valid."


class BodyTooLarge(ServiceError):
    code, status, text = "body_too_large", 413, "The body is larger than this server takes."


class FileTooLarge(BodyTooLarge):
    code, text = "file_too_large", "The file is larger than this server takes."


class PictureTooLarge(BodyTooLarge):
    code, text = "picture_too_large", "The picture has more pixels or frames than this server draws."


class QuotaExceeded(BodyTooLarge):
    code, text = "quota_exceeded", "There is no room left for this file."


class FileTypeRefused(ServiceError):
    code, status, text = "file_type_refused", 415, "Files of this type are not taken here."


class RangeRefused(ServiceError):
    code, status, text = "range_refused", 416, "The file has no such part."


class UpgradeRequired(ServiceError):
    code, status, text = "upgrade_required", 426, "This address speaks WebSocket only."


class RateLimited(ServiceError):
    code, status, text = "rate_limited", 429, "Too many requests; slow down."


class SlowMode(RateLimited):
    code, text = "slow_mode", "This room is in slow mode: wait before you send again."


class SiteLimit(RateLimited):
    code, text = "site_limit", "This site has sent as much as its plan holds; try again later."


class SiteBusy(RateLimited):
    code, text = "site_busy", "This site sends more than its share now; try again in a moment."

    def __init__(self, text: str | None = None, *, retry_after: float | None = 1.0) -> None:
        super().__init__(text, retry_after=retry_after)


class NewcomerLimited(RateLimited):
    code, text = "newcomer_limited", "New members send a few messages at a time: wait before you send again."


class InternalError(ServiceError):
    code, status, text = "internal_error", 500, "Something went wrong on our side."


class Unavailable(ServiceError):
    code, status, text = "unavailable", 503, "The service cannot answer now; try again."

    def __init__(self, text: str | None = None, *, retry_after: float | None = 1.0) -> None:
        super().__init__(text, retry_after=retry_after)


class OutcomeUnknown(Unavailable):
    code, text = "outcome_unknown", "The message may be stored or not; send it again with the same client_id."
