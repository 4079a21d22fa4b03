"""Tables as programs export them and people paste them: which columns hold numbers is known."""

from __future__ import annotations

from tests.domain.lists.exports import (
    FIXED,
    IDS,
    MAILS,
    NAMES,
    NONE,
    ROWS,
    Export,
    counted,
    phones,
    some,
)

OUTLOOK = {
    "First Name": NAMES,
    "Last Name": NAMES,
    "Company": some("Acme"),
    "Business Street": some("1 Main St"),
    "Business Postal Code": some("94043-1351"),
    "Business Country/Region": NONE,
    "Home Country/Region": NONE,
    "Business Fax": phones("GB", kind=FIXED, skip=20),
    "Business Phone": phones("GB", kind=FIXED),
    "Home Phone": phones("GB", kind=FIXED, skip=10),
    "Mobile Phone": phones("GB"),
    "E-mail Address": MAILS,
    "Account": counted(2015550001),
    "Birthday": some("27/11/1984"),
}
GOOGLE = {
    "Name": NAMES,
    "E-mail 1 - Value": MAILS,
    "Phone 1 - Type": some("Mobile"),
    "Phone 1 - Value": phones("FR"),
    "Phone 2 - Type": some("Work"),
    "Phone 2 - Value": phones("FR", kind=FIXED),
}

_LANGUAGES = {
    # language: country, id, name, phone, mobile
    "English": ("US", "Order ID", "Name", "Phone number", "Cell"),
    "German": ("DE", "Kundennummer", "Name", "Telefon (geschäftlich)", "Handynummer"),
    "French": ("FR", "N° de client", "Nom", "Téléphone", "Téléphone portable"),
    "Spanish": ("ES", "Nº de pedido", "Nombre", "Teléfono", "Móvil"),
    "Portuguese": ("BR", "Pedido", "Nome", "Telefone", "Celular"),
    "Italian": ("IT", "Codice cliente", "Nome", "Telefono", "Cellulare"),
    "Dutch": ("NL", "Klantnummer", "Naam", "Telefoonnummer", "Mobiel nummer"),
    "Polish": ("PL", "Numer zamówienia", "Imię", "Telefon", "Telefon komórkowy"),
    "Czech": ("CZ", "Číslo objednávky", "Jméno", "Telefonní číslo", "Mobil"),
    "Swedish": ("SE", "Kundnummer", "Namn", "Telefon", "Mobilnummer"),
    "Danish": ("DK", "Kundenummer", "Navn", "Telefonnummer", "Mobil"),
    "Norwegian": ("NO", "Kundenr", "Navn", "Tlf. arbeid", "Mobiltelefon"),
    "Finnish": ("FI", "Asiakasnumero", "Nimi", "Puhelin", "Matkapuhelin"),
    "Hungarian": ("HU", "Ügyfélszám", "Név", "Telefonszám", "Mobilszám"),
    "Romanian": ("RO", "Comandă", "Nume", "Telefon fix", "Telefon mobil"),
    "Turkish": ("TR", "Müşteri no", "Ad", "Telefon", "Cep telefonu"),
    "Greek": ("GR", "Αριθμός παραγγελίας", "Όνομα", "Τηλέφωνο", "Κινητό"),
    "Russian": ("RU", "Номер заказа", "Имя", "Телефон", "Мобильный"),
    "Ukrainian": ("UA", "Номер замовлення", "Ім'я", "Телефон", "Мобільний"),
    "Arabic": ("EG", "رقم الطلب", "الاسم", "رقم الهاتف", "رقم الجوال"),
    "Hebrew": ("IL", "מספר הזמנה", "שם", "טלפון", "נייד"),
    "Hindi": ("IN", "ग्राहक संख्या", "नाम", "फ़ोन नंबर", "मोबाइल नंबर"),
    "Thai": ("TH", "คำสั่งซื้อ", "ชื่อ", "โทรศัพท์", "มือถือ"),
    "Vietnamese": ("VN", "Mã đơn hàng", "Tên", "Điện thoại", "Di động"),
    "Indonesian": ("ID", "No. pesanan", "Nama", "Telepon", "No. HP"),
    "Chinese": ("CN", "订单号", "姓名", "电话", "手机号码"),
    "Japanese": ("JP", "注文番号", "氏名", "電話番号", "携帯電話"),
    "Korean": ("KR", "주문번호", "이름", "전화번호", "휴대폰"),
}


def _in_language(country: str, order: str, name: str, phone: str, mobile: str) -> Export:
    """Ids that read as numbers, a landline and a mobile number: headings tell which is which."""
    columns = {
        order: IDS,
        name: NAMES,
        phone: phones(country, "0", FIXED),
        mobile: phones(country, "0"),
    }
    return Export(columns, reads=[mobile], asks=[phone], country=country)


EXPORTS = {
    **{f"in {language}": _in_language(*words) for language, words in _LANGUAGES.items()},
    "Outlook": Export(OUTLOOK, ["Mobile Phone"], ["Business Fax", "Business Phone", "Home Phone"]),
    "Outlook, mobile numbers empty": Export(
        OUTLOOK | {"Mobile Phone": NONE}, ["Business Phone", "Home Phone"], ["Business Fax"]
    ),
    "Google Contacts": Export(GOOGLE, ["Phone 1 - Value", "Phone 2 - Value"]),
    "Google Contacts, several in a cell": Export(
        {
            **GOOGLE,
            "Phone 1 - Value": [
                f"{a} ::: {b}" for a, b in zip(phones("FR"), phones("DE"), strict=True)
            ],
        },
        ["Phone 1 - Value", "Phone 2 - Value"],
    ),
    "Salesforce": Export(
        {
            "Account ID": IDS,
            "Last Name": NAMES,
            "Phone": phones("US", "0"),
            "Fax": phones("US", "0", skip=20),
            "MobilePhone": phones("US", "+d", skip=10),
            "Mailing Zip/Postal Code": counted(94043),
            "Mailing Country": some("United States"),
            "Created Date": some("2024-05-01"),
        },
        ["MobilePhone"],
        ["Phone", "Fax"],
        country="US",
        beside=("Mailing Country", None, None),
    ),
    "HubSpot": Export(
        {
            "Record ID": counted(2015550001, 3),
            "First Name": NAMES,
            "Email": MAILS,
            "Phone Number": phones("AU"),
            "Mobile Phone Number": NONE,
            "Lead Status": some("New"),
            "Create Date": some("2024-05-01 12:00"),
            "Contact owner": NAMES,
        },
        ["Phone Number"],
        country="US",
    ),
    "Shopify": Export(
        {
            "Customer ID": counted(6463000000001),
            "First Name": NAMES,
            "Accepts Email Marketing": some("yes"),
            "Default Address Zip": counted(10115),
            "Default Address Country Code": some("DE", "AT"),
            "Phone": some(phones("DE", "0")[0], phones("AT", "0")[0]),
            "Accepts SMS Marketing": some("no"),
            "Total Spent": some("1234567.50"),
            "Total Orders": some("3"),
        },
        ["Phone"],
        beside=("Default Address Country Code", None, None),
    ),
    "WooCommerce": Export(
        {
            "order_id": IDS,
            "billing_first_name": NAMES,
            "billing_country": some("GB"),
            "billing_postcode": some("SW1A 1AA"),
            "billing_phone": phones("GB", "0"),
            "shipping_country": some("FR"),
            "shipping_phone": NONE,
        },
        ["billing_phone"],
        country="US",
        beside=("billing_country", None, None),
    ),
    "msisdn": Export({"imsi": counted(310150123456789), "msisdn": phones("GB", "d")}, ["msisdn"]),
    "ids without headings": Export(
        {"id": IDS, "name": NAMES, "phone": phones("GB")},
        ["phone"],
        ["id"],
        "US",
        has_headings=False,
    ),
    "ids that count up without headings": Export(
        {"id": counted(6463000001), "name": NAMES, "phone": phones("GB")},
        ["phone"],
        ["id"],
        "US",
        has_headings=False,
    ),
    "ids and digits without headings": Export(
        {"id": counted(6463000001), "name": NAMES, "phone": phones("GB", "d")},
        ["phone"],
        ["id"],
        "US",
        has_headings=False,
    ),
    "short ids without headings": Export(
        {"id": counted(1234567, 13), "phone": phones("GB")}, ["phone"], has_headings=False
    ),
    "two numbers a row": Export(
        {"a": phones("GB", "d"), "b": phones("GB", "d", skip=10)}, ["a", "b"], has_headings=False
    ),
    "two numbers a row with names": Export(
        {"name": NAMES, "a": phones("GB"), "b": phones("FR")}, ["a", "b"], has_headings=False
    ),
    "headings in no known language": Export(
        {"Ishte": IDS, "Ame": NAMES, "Nomba": phones("KE")}, ["Nomba"], ["Ishte"], "US"
    ),
    "prices, dates, places, addresses": Export(
        {
            "Price": some("1,999.00"),
            "At": some("2024-05-01 12:00"),
            "Unix": counted(1714564800, 60),
            "Where": some("51.5074456"),
            "From": some("192.168.100.200"),
            "IBAN": some("DE89370400440532013000"),
            "Contact": phones("GB"),
        },
        ["Contact"],
        asks=[],
    ),
    "numbers that begin like days": Export(
        {
            "a": [f"20100123456{place}" for place in range(ROWS)],
            "b": some("20240501"),
            "c": some("2024-05-01"),
        },
        ["a"],
        country="EG",
        has_headings=False,
    ),
    "days and times as digits": Export(
        {"x": some("20240501", "20240502"), "y": some("202405011200"), "z": phones("EG", "0")},
        ["z"],
        country="EG",
        has_headings=False,
    ),
    "a price that is none of the numbers": Export(
        {"Betrag": some("1.234.567,89"), "Telefonnummer": phones("DE", "0")},
        ["Telefonnummer"],
        country="DE",
    ),
    "lost digits": Export({"Name": NAMES, "Phone": phones("GB", "E")}, ["Phone"]),
    "lost digits beside ids": Export(
        {"Order": IDS, "Customer": NAMES, "Phone": phones("GB", "E")}, ["Phone"], country="US"
    ),
    "no country chosen": Export({"Order": IDS, "Phone": phones("GB", "0")}, ["Phone"]),
    "only a fax": Export({"Name": NAMES, "Fax": phones("GB")}, [], ["Fax"]),
    "only ids that may be numbers": Export(
        {"Name": NAMES, "Customer ID": IDS}, [], ["Customer ID"], "US"
    ),
    "numbers in an id": Export({"Customer ID": phones("GB"), "Name": NAMES}, ["Customer ID"]),
    "mobile, home and work": Export(
        {
            "Name": NAMES,
            "Work": phones("GB", kind=FIXED),
            "Mobile": phones("GB"),
            "Home phone": phones("GB", skip=20),
        },
        ["Mobile"],
        ["Work", "Home phone"],
    ),
    "one column twice": Export(
        {"Phone": phones("GB"), "Name": NAMES, "Phone (digits)": phones("GB", "d")},
        ["Phone"],
        ["Phone (digits)"],
    ),
    "phone verified": Export(
        {
            "Phone verified at": some("20240501120000"),
            "Phone type": some("mobile"),
            "Phone ext": some("1234567"),
            "Phone": phones("GB"),
        },
        ["Phone"],
    ),
    "one's own number in every row": Export(
        {"a": some("+442079460123"), "b": phones("GB")}, ["b"], ["a"], has_headings=False
    ),
    "numbers in notes": Export(
        {
            "Name": NAMES,
            "Phone": phones("GB"),
            "Notes": some("call back", "not " + phones("FR")[0]),
        },
        ["Phone"],
        ["Notes"],
    ),
    "countries by code": Export(
        {"Country": some("GB", "DE"), "Phone": some(phones("GB", "0")[0], phones("DE", "0")[0])},
        ["Phone"],
        beside=("Country", None, None),
    ),
    "countries by name": Export(
        {
            "Name": NAMES,
            "Land": some("Deutschland", "Österreich"),
            "Telefon": some(phones("DE", "0")[0], phones("AT", "0")[0]),
        },
        ["Telefon"],
        beside=("Land", None, None),
    ),
    "countries of three letters": Export(
        {"Pays": some("FRA", "BEL"), "Tél.": some(phones("FR", "0")[0], phones("BE", "0")[0])},
        ["Tél."],
        beside=("Pays", None, None),
    ),
    "countries without heading": Export(
        {"a": NAMES, "b": some("GB", "FR"), "c": some(phones("GB", "0")[0], phones("FR", "0")[0])},
        ["c"],
        has_headings=False,
        beside=("b", None, None),
    ),
    "states are no countries": Export(
        {"State": some("DE", "CA"), "Phone": phones("US", "0")}, ["Phone"], country="US"
    ),
    "states without heading are no countries": Export(
        {"a": some("DE", "CA"), "b": phones("US", "0")}, ["b"], country="US", has_headings=False
    ),
    "calling codes with a plus": Export(
        {"Name": NAMES, "Country code": some("+49"), "Phone": phones("DE", "n")},
        ["Phone"],
        beside=(None, "Country code", None),
    ),
    "calling codes without a plus": Export(
        {"Ländervorwahl": some("49"), "Telefon": phones("DE", "0")},
        ["Telefon"],
        country="US",
        beside=(None, "Ländervorwahl", None),
    ),
    "calling codes with zeros": Export(
        {"Indicatif pays": some("0033"), "Portable": phones("FR", "n")},
        ["Portable"],
        beside=(None, "Indicatif pays", None),
    ),
    "calling codes without heading": Export(
        {"a": NAMES, "b": some("+34"), "c": phones("ES", "n")},
        ["c"],
        has_headings=False,
        beside=(None, "b", None),
    ),
    "calling codes beside whole numbers": Export(
        {"Country code": some("+44"), "Phone": phones("GB")},
        ["Phone"],
        beside=(None, "Country code", None),
    ),
    "area codes": Export(
        {"Name": NAMES, "Vorwahl": some("030"), "Telefon": counted(12345601)},
        ["Telefon"],
        country="DE",
        beside=(None, None, "Vorwahl"),
    ),
    "area codes in brackets without heading": Export(
        {"a": NAMES, "b": some("(646)"), "c": some("300-0001", "300-0002")},
        ["c"],
        country="US",
        has_headings=False,
        beside=(None, None, "b"),
    ),
    "bare area codes without heading": Export(
        {"a": NAMES, "b": some("646"), "c": some("300-0001", "300-0002")},
        ["c"],
        country="US",
        has_headings=False,
        beside=(None, None, "b"),
    ),
    "calling and area codes": Export(
        {"Country code": some("+49"), "Area code": some("30"), "Number": counted(12345601)},
        ["Number"],
        country="US",
        beside=(None, "Country code", "Area code"),
    ),
    "area codes beside whole numbers": Export(
        {"Area code": some("646"), "Phone": phones("US", "n")}, ["Phone"], country="US"
    ),
    "titles above": Export(
        {"Name": NAMES, "Mobile": phones("GB"), "Office": phones("GB", kind=FIXED)},
        ["Mobile"],
        ["Office"],
        above=[["Customers of November"], [""], ["Exported", "2024-05-01"]],
    ),
    "sums below": Export(
        {"Name": NAMES, "Phone": phones("GB"), "Spent": counted(12)},
        ["Phone"],
        below=[[""], ["Total", "", "1234"]],
    ),
    "first rows empty": Export(
        {"Name": NAMES, "Phone": ["", "", "", *phones("GB")[3:]], "Mobile": NONE}, ["Phone"]
    ),
    "merged headings": Export(
        {"Name": NAMES, "Home": phones("GB", kind=FIXED), "Mobile": phones("GB")},
        ["Mobile"],
        ["Home"],
        above=[["Person", "Contact details"]],
    ),
    "merged cells": Export(
        {"Team": ["North", "", "", "", "South", "", "", ""], "Phone": phones("GB")}, ["Phone"]
    ),
}
