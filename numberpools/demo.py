"""The demo account: twelve pools of a company that does not exist, 25,000 numbers, 40 countries.

The numbers are calculated, so that they are the same at every start and need no data file. They
lie in the countries' real mobile ranges and may well be somebody's: nothing is ever sent to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from numberpools.db.database import Database
from numberpools.domain.api_secrets import FIRST, SecretRole, SecretState
from numberpools.domain.pools import Fallback, Pool
from numberpools.errors import AccountNotFound, SettingsError
from numberpools.services import accounts, api_secrets
from numberpools.services.authentication import authenticate
from numberpools.settings import Settings
from numberpools.stores import Stores

ACCOUNT_ID = "abcd1234"
_LABEL = "Demo account"

_PREFIXES = {
    "US": (11, "12122 13102 14152 16172 17132 13052"),
    "GB": (12, "4471 4473 44740 44777 44788 44796"),
    "DE": (13, "49151 49160 49170 49176"),
    "FR": (11, "3360 3361 3362 3366 3367 3368"),
    "ES": (11, "3460 3464 3467"),
    "IT": (12, "3932 3934 3938"),
    "NL": (11, "3161 3162 3164"),
    "BE": (11, "3247 3248 3249"),
    "IE": (12, "35383 35386 35387"),
    "AT": (13, "43660 43664 43676"),
    "CH": (11, "4176 4178 4179"),
    "PT": (12, "35191 35193 35196"),
    "PL": (11, "4850 4860 4879"),
    "CZ": (12, "420602 420724 420777"),
    "HU": (11, "3620 3630 3670"),
    "RO": (11, "4072 4074 4076"),
    "GR": (12, "30693 30694 30697"),
    "SE": (11, "4670 4672 4673"),
    "NO": (10, "4741 4792 4793"),
    "DK": (10, "4526 4527 4528"),
    "FI": (12, "35840 35845 35850"),
    "TR": (12, "9053 9054 9055"),
    "IL": (12, "97253 972502 972506"),
    "AE": (12, "97150 97155"),
    "SA": (12, "96650 96655"),
    "EG": (12, "20100 20111 20122"),
    "ZA": (11, "2772 2773 2782"),
    "NG": (13, "234703 234803 234806"),
    "KE": (12, "25471 25472"),
    "IN": (12, "9198 9199"),
    "SG": (10, "6581 6591"),
    "MY": (11, "6012 6016"),
    "TH": (11, "668 669"),
    "PH": (12, "6392 6395"),
    "JP": (12, "81701 81803 81804 81901 81902"),
    "AU": (11, "6140 6141 6143"),
    "NZ": (11, "6421 6422 6427"),
    "CA": (11, "14162 16042 15142"),
    "BR": (13, "55119 55219 55319"),
    "MX": (12, "5255 5233 5281"),
}
"""For each country the digits of a mobile number, and prefixes under which every number is one."""

_EMEA = "GB DE FR ES IT NL BE IE AT CH PT PL CZ HU RO GR SE NO DK FI TR IL AE SA EG ZA NG KE"
_ASIA_PACIFIC = "IN AU SG JP PH MY TH NZ"


@dataclass(frozen=True, slots=True)
class _DemoPool:
    pool_id: str
    fallback: Fallback
    localized: bool
    predictable: bool
    count: int = 0
    countries: str = ""
    """The first has the most of the numbers, the last the fewest."""

    @property
    def pool(self) -> Pool:
        return Pool(ACCOUNT_ID, self.pool_id, self.fallback, self.localized, self.predictable)


_POOLS = (
    _DemoPool("global-notifications", Fallback.POOL, True, False, 15_000, " ".join(_PREFIXES)),
    _DemoPool("marketing-emea", Fallback.CUSTOM_FROM, True, True, 3_250, _EMEA),
    _DemoPool("marketing-apac", Fallback.CUSTOM_FROM, True, False, 1_480, _ASIA_PACIFIC),
    _DemoPool("marketing-spring-campaign", Fallback.CUSTOM_FROM, False, False),
    _DemoPool("otp-north-america", Fallback.REJECT, True, False, 2_100, "US CA"),
    _DemoPool("support-uk", Fallback.POOL, True, True, 1_250, "GB"),
    _DemoPool("support-dach", Fallback.POOL, True, True, 640, "DE AT CH"),
    _DemoPool("delivery-nordics", Fallback.POOL, True, False, 520, "SE NO DK FI"),
    _DemoPool("sales-latin-america", Fallback.POOL, False, True, 380, "BR MX"),
    _DemoPool("Customer_Surveys", Fallback.REJECT, False, True, 129, "US GB AU"),
    _DemoPool("executive-hotline", Fallback.REJECT, False, True, 1, "IE"),
    _DemoPool(
        "appointment-reminders-clinics-and-pharmacies-benelux-and-ireland",
        Fallback.CUSTOM_FROM,
        True,
        True,
        250,
        "NL BE IE",
    ),
)


def load(stores: Stores, settings: Settings) -> None:
    """Create the demo account unless it exists, and make DEMO_API_SECRET its API secret.

    Raises SettingsError where this is not development, or where there is no such secret.
    """
    if not settings.is_development or settings.demo_api_secret is None:
        raise SettingsError("The demo account takes NUMBERPOOLS_ENV=development, DEMO_API_SECRET.")
    secret = settings.demo_api_secret.get_secret_value()
    with stores.database.write():
        try:
            accounts.get_account(stores, ACCOUNT_ID)
        except AccountNotFound:
            accounts.create_account(
                stores.database, ACCOUNT_ID, _LABEL, secret, taken=stores.vendor_accounts
            )
            _create_pools(stores)
        else:
            _use_secret(stores.database, secret)


def _use_secret(database: Database, secret: str) -> None:
    """Make this the account's first secret, and leave the others alone."""
    if authenticate(database, ACCOUNT_ID, secret):
        return
    for each in api_secrets.list_secrets(database, ACCOUNT_ID):
        if each.name == FIRST and each.state is not SecretState.REPLACED:
            api_secrets.replace_secret(database, ACCOUNT_ID, each.secret_id, secret=secret)
            return
    api_secrets.create_secret(database, ACCOUNT_ID, FIRST, SecretRole.CHANGES, secret=secret)


def _create_pools(stores: Stores) -> None:
    store = stores.of(ACCOUNT_ID)
    used: Counter[str] = Counter()
    for each in _POOLS:
        store.create_pool(each.pool)
        countries = _spread(each.countries.split(), each.count)
        store.add_numbers(each.pool_id, [_next_number(country, used) for country in countries])


def _spread(countries: list[str], count: int) -> Iterator[str]:
    """So many times a country, each less often than the one before it.

    The smaller index of each pair of indexes counts: the lower it is, the more pairs have it.
    """
    for index in range(count):
        round_, place = divmod(index, len(countries))
        yield countries[min(place, round_ % len(countries))]


def _next_number(country: str, used: Counter[str]) -> str:
    """A number of the country that was not given yet, far from the one before it."""
    digits, prefixes = _PREFIXES[country]
    round_, place = divmod(used[country], len(prefixes.split()))
    used[country] += 1
    prefix = prefixes.split()[place]
    free = digits - len(prefix)
    # Steps of the golden section spread evenly; odd and no multiple of 5, this one repeats nothing.
    rest = (round_ + 1) * 61_803_399 % 10**free
    return f"{prefix}{rest:0{free}}"
