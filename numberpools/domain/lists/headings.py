"""What the heading of a column says of it, in the languages that exports come in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache

_ROWS_WITH_HEADINGS = 20
_NO_HEADING = re.compile(r"\d{4}|@|\d(?:[ -]?\d){4}|\d(?:\D{0,3}\d){6}")
_LONGEST_HEADING = 80  # characters
_SEVERAL_DIGITS = re.compile(r"\d(?:\D{0,3}\d){6}")
_WORD_INSIDE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)")


class ColumnMeaning(Enum):
    """What a column with such a heading holds."""

    OTHER = "something that is no phone number, whatever its cells look like"
    FAX = "fax numbers"
    CODE = "calling codes or countries"
    AREA = "area codes, or calling codes"
    COUNTRY = "countries"
    MOBILE = "mobile numbers"
    LANDLINE = "phone numbers of an office or a home"
    PHONE = "phone numbers"
    NOTES = "remarks, in which numbers may stand"
    NUMBER = "numbers of some kind"
    UNKNOWN = "nothing that is known"


# A word counts wherever it stands in a heading, as part of a longer one too; after "=" only as a
# whole word. "_" stands for a space. Marks above and below letters do not count.
_MOBILE = {
    "all": "msisdn =gsm whatsapp whats_app =sms =mob =mobil",
    "English, Indonesian": "mobile_ mobilenu mobileph mobileno =cell cellphone cellular"
    " smartphone =hp ponsel =seluler",
    "German": "handy mobiltel mobilfunk =natel",
    "French": "portable",
    "Spanish, Portuguese": "móvil celular =cel telemóvel",
    "Italian, Romanian": "cellulare",
    "Dutch": "mobiel",
    "Polish, Czech, Hungarian": "komórk mobiln mobilsz",
    "Swedish, Danish, Norwegian, Finnish": "matkapuh kännyk",
    "Turkish": "cep_tel cep_no cep_num cepno ceptel",
    "Greek": "κινητ",
    "Russian, Ukrainian": "мобил мобіл сотов =моб",
    "Arabic, Hebrew": "جوال محمول موبايل نقال נייד סלולר",
    "Hindi, Thai, Vietnamese": "मोबाइल มือถือ di_động didong",
    "Chinese, Japanese, Korean": "手机 手機 行動電話 携帯 휴대 핸드폰",
}
_PHONE = {
    "English": "phone callback =call_back",
    "most": "=tél =tlf =tlfn =tfn =telf =fono =fon =fone",
    "German": "rufnummer rufnr telnr",
    "French, Spanish, Portuguese, Italian": "téléph teléf recapito_tel",
    "Dutch": "telefoon",
    "Finnish, Hungarian": "puhelin =puh",
    "Greek": "τηλ",
    "Russian, Ukrainian": "телефон =тел",
    "Arabic, Hebrew": "هاتف تلفون تليفون טלפון =טל",
    "Hindi, Thai, Vietnamese": "फ़ोन दूरभाष โทร điện_thoại dien_thoai =sđt =sdt =đt",
    "Indonesian": "telepon =telp =tlp",
    "Chinese, Japanese, Korean": "电话 電話 전화 연락처 联系方式 聯絡方式",
}
_LANDLINE = {
    "English": "landline land_line home business =work office =desk assistant =company =fixed"
    " switchboard =pager telex =tty",
    "German": "festnetz geschäft dienst privat arbeit büro zentrale",
    "French": "domicile bureau =fixe professionnel travail",
    "Spanish, Portuguese, Italian": "fijo casa trabajo oficina =fixo trabalho residencia"
    " escritório ufficio fisso lavoro",
    "Dutch": "zakelijk kantoor thuis vast_",
    "Polish, Czech": "stacjonarn domow służbow pevná domů práce zaměstn",
    "Swedish, Danish, Norwegian": "arbete hemtel =hem arbejde hjemme kontor fasttel",
    "Finnish, Hungarian, Romanian": "työ koti lanka vezetékes otthoni munkahely =fix birou",
    "Turkish, Greek": "=ev =iş sabit =ofis σταθερ εργασ οικίας",
    "Russian, Ukrainian": "домашн рабоч городск робоч стационар",
    "Arabic, Hebrew": "ثابت منزل عمل בית עבודה קווי",
    "Chinese, Japanese, Korean": "座机 座機 固定 办公 住宅 公司电话 公司電話 自宅 会社 勤務先"
    " 집전화 회사 직장",
    "Thai, Vietnamese, Indonesian": "บ้าน ที่ทำงาน cố_định cơ_quan kantor rumah",
}
_FAX = {
    "all": "fax факс φαξ فاكس פקס 传真 傳真 ファックス ファクス 팩스 फैक्स โทรสาร แฟกซ์",
}
_COUNTRY = {
    "English": "country",
    "Germanic": "=land staat =länder landname wohnsitzland =lieferland =rechnungsland",
    "Romance": "=pays =país =paese nazione =stato =țara",
    "Slavic": "=kraj =země =stát =krajina страна країна",
    "others": "=maa ország =ülke χώρα الدولة =دولة البلد =بلد מדינה ארץ देश ประเทศ"
    " quốc_gia =nước negara 国家 國家 国名 =国 국가 나라",
}
_CODE = {
    "English": "country_code countrycode calling_code callingcode dial_code dialcode"
    " dialling_code dialing_code phone_code phonecode =isd international_code country_prefix"
    " phone_prefix international_prefix",
    "German, Dutch": "ländervorwahl landesvorwahl landvorwahl ländercode landescode"
    " länderkennzahl landcode landnummer landnetnummer",
    "French": "indicatif_pays code_pays indicatif_international indicatif_téléphonique",
    "Spanish, Portuguese, Italian": "código_de_país código_país código_do_país =ddi"
    " prefijo_internacional prefijo_país prefisso_internazionale codice_paese prefisso_paese",
    "Slavic": "kod_kraju kierunkowy_kraju kód_země předvolba_země код_страны код_країни",
    "Nordic": "landskod landekode landkode maakoodi maatunnus",
    "others": "országkód országhívó cod_țară prefix_țară ülke_kod"
    " κωδικός_χώρας رمز_الدولة رمز_البلد קידומת_מדינה קידומת_בינלאומית देश_कोड รหัสประเทศ"
    " mã_quốc_gia kode_negara 国家代码 國家代碼 国家区号 國碼 国番号 국가번호 국가코드 국가_번호"
    " 국가_코드",
}
_AREA = {
    "English": "area_code areacode std_code city_code dialling_prefix =npa",
    "German, Dutch": "vorwahl netnummer kengetal netnr",
    "Romance": "indicatif prefijo prefixo prefisso código_de_área código_área =ddd =lada"
    " cod_area prefix_",
    "Slavic": "kierunkowy předvolba код_города код_міста",
    "others": "riktnummer riktnr retningsnummer suuntanumero körzetszám alan_kodu رمز_المنطقة"
    " קידומת mã_vùng kode_area kode_wilayah รหัสพื้นที่ 区号 區號 区域码 市外局番 지역번호",
}
_NO_PHONE = {  # beats every other word: "Phone 1 - Type", "Phone verified at"
    "English": "=id =ids =uuid =guid =type =label =ext verified =status opt_in =optin"
    " consent =date =time =timestamp updated created =last =count =model =carrier =provider"
    " =brand =plan birth nationality =language =locale =imei =imsi =iccid =sim =format =valid",
    "German, Dutch": "datum =typ telefontyp durchwahl nebenstelle doorkies geburts sprache"
    " anbieter zeitpunkt =zeit =am bevestigd",
    "Romance": "=fecha =data =hora =heure =tipo extensión extensao =ramal =poste"
    " =anexo =interno operador opérateur operatore",
    "Slavic": "wewnętrzn =дата =тип =время добавочный оператор",
    "others": "=tarih =tip =dato =pvm ημερομηνία τύπος تاريخ =نوع תאריך =סוג तिथि วันที่"
    " =ngày tanggal tipe 类型 類型 日期 时间 時間 种类 種別 日時 分机 分機 内線 內線 종류 날짜"
    " 내선 유형",
}
_OTHER = {
    "English": "order customer client account invoice =ref ticket =sku product item"
    " contract member =vat =tax =zip postcode postal post_code address street =city price amount"
    " total =qty quantity =iban =bic bank card passport serial =ip latitude longitude =lat =lng"
    " =lon coordinat =state region county district email e_mail =url website tracking"
    " shipment case_ =age =rank =row =index =pos =key =pin =ean =isbn =gtin =upc barcode balance"
    " =sum =year =day =month name",
    "German, Dutch": "bundesland kanton kdnr bestell auftrag rechnung vertrag konto"
    " artikel =plz postleitzahl betrag preis menge anzahl straße mitglied personalnummer"
    " steuer =ustid =lfd klant bedrag prijs factuur aantal relatienummer lidnummer",
    "French": "département canton commande facture compte contrat =cp prix montant"
    " =siret =siren référence dossier quantité adresse",
    "Spanish, Portuguese, Italian": "provinc estado pedido factura fatura cuenta =conta"
    " precio preço importe valor =cpf =cnpj =dni =nif =nie =rut =cap"
    " ordine fattura prezzo importo partita_iva codice cantidad quantidade endereço dirección"
    " indirizzo",
    "Polish, Czech, Hungarian, Romanian": "zamówien klient faktur =nip =pesel =regon cena kwota"
    " objednáv zákazn =ičo =dič =psč rendelés ügyfél vevő számla irányítósz =ár adószám"
    " comandă preț =cui",
    "Nordic": "kund ordre beställning postnr postnummer personnummer belopp beløb beløp"
    " =pris asiakas tilaus postinumero hinta lasku hetu =cpr =cvr orgnr",
    "Turkish, Greek": "sipariş müşteri fiyat tutar =tckn posta_kodu παραγγελ πελάτ τιμή =αφμ",
    "Russian, Ukrainian": "заказ клиент счет договор цена сумма индекс =инн замовлен клієнт"
    " ціна рахунок",
    "Arabic, Hebrew, Hindi": "طلب عميل فاتورة سعر مبلغ חשבון לקוח הזמנה מחיר סכום מיקוד ऑर्डर"
    " ग्राहक मूल्य",
    "Thai, Vietnamese, Indonesian": "คำสั่งซื้อ ลูกค้า ราคา đơn_hàng khách_hàng =giá pesanan"
    " pelanggan harga",
    "Chinese, Japanese, Korean": "订单 訂單 客户 客戶 编号 編號 金额 金額 价格 價格 邮编 郵編"
    " 注文 顧客 会員 価格 郵便 주문 고객 금액 가격 우편",
}
_NOTES = {
    "English": "=note =notes remark comment =memo",
    "Germanic": "notiz bemerk anmerk kommentar opmerking anteckning bemærkn merknad",
    "Romance": "remarque commentaire observa comentario osservazion =notas =nota",
    "others": "=uwagi notatk poznámk megjegyzés huomautu примеч коммент замет 备注 備註 備考 비고",
}
_NUMBER = {
    "Latin": "number nummer numer =num =nr =no =n čísl szám numara =nomor =số =nbr",
    "others": "номер αριθμ رقم أرقام מספר नंबर หมายเลข เบอร์ 番号 番號 号码 號碼 번호 contact",
}


_EXTENSION = (
    "ext extn durchwahl nebenstelle poste extensión ramal anexo interno toestel"
    " wewnętrzny wew klapka dahili добавочный доб 内線 分机 分機 내선"
)
_ALONE = {" code ": ColumnMeaning.CODE, " area ": ColumnMeaning.AREA}
"""What counts only where it is the whole heading."""


def meaning_of(heading: str) -> ColumnMeaning:
    """Return what a column holds by its heading alone."""
    text = _simple(heading[:_LONGEST_HEADING])
    said = {meaning for meaning, words in _words() if any(word in text for word in words)}
    if text in _ALONE:
        return _ALONE[text]
    if "hard" in said:
        return ColumnMeaning.OTHER
    is_phone = not said.isdisjoint((ColumnMeaning.PHONE, ColumnMeaning.MOBILE))
    for meaning in (
        ColumnMeaning.FAX,
        ColumnMeaning.CODE,
        ColumnMeaning.AREA,
        ColumnMeaning.COUNTRY,
        ColumnMeaning.MOBILE,
    ):
        if meaning in said:
            return meaning
    if is_phone:
        return ColumnMeaning.LANDLINE if ColumnMeaning.LANDLINE in said else ColumnMeaning.PHONE
    for meaning in (
        ColumnMeaning.NOTES,
        ColumnMeaning.OTHER,
        ColumnMeaning.LANDLINE,
        ColumnMeaning.NUMBER,
    ):
        if meaning in said:
            return meaning
    return ColumnMeaning.UNKNOWN


def said_in(heading: str, words: str) -> bool:
    """Whether one of these words stands in a heading."""
    text = _simple(heading[:_LONGEST_HEADING])
    return any(word in text for word in _whole_words(words))


def extensions_of(
    headings: Sequence[str], meanings: Sequence[ColumnMeaning]
) -> Iterator[tuple[int, int]]:
    """Yield the columns with extensions, each with the column of numbers before it."""
    phones = (
        ColumnMeaning.MOBILE,
        ColumnMeaning.LANDLINE,
        ColumnMeaning.PHONE,
        ColumnMeaning.NUMBER,
    )
    for place, heading in enumerate(headings):
        if place and meanings[place] not in phones and said_in(heading, _EXTENSION):
            before = (column for column in range(place - 1, -1, -1) if meanings[column] in phones)
            yield next(before, place - 1), place


def heading_row(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the place of the row with headings among the first rows of a table, if there is one.

    Rows above it are titles and remarks. A row with a number or an address has no headings, for no
    line of a list is without one; nor does one with much less text than the table is wide.
    """
    filled = [[cell for cell in row if cell.strip()] for row in rows[: _ROWS_WITH_HEADINGS + 1]]
    width = max(map(len, filled), default=0)
    best, most = None, -1
    for place, cells in enumerate(filled[:-1]):
        if not _may_be_headings(cells) or len(cells) * 2 < min(width, 4):
            continue
        known = sum(meaning_of(cell) is not ColumnMeaning.UNKNOWN for cell in cells)
        above = filled[:place]
        is_first = all(len(row) < len(cells) for row in above)
        is_below_title = is_first and place and all(len(row) == 1 for row in above)
        is_below_remarks = known > 1 and not any(
            _SEVERAL_DIGITS.search(cell) for row in above for cell in row
        )
        if (known > most and (is_first or is_below_remarks)) or is_below_title:
            best, most = place, known
    return best


def _may_be_headings(cells: list[str]) -> bool:
    return any(any(map(str.isalpha, cell)) for cell in cells) and not any(
        _NO_HEADING.search(cell) for cell in cells
    )


@cache
def _words() -> tuple[tuple[ColumnMeaning | str, tuple[str, ...]], ...]:
    tables: dict[ColumnMeaning | str, dict[str, str]] = {
        "hard": _NO_PHONE,
        ColumnMeaning.OTHER: _OTHER,
        ColumnMeaning.FAX: _FAX,
        ColumnMeaning.CODE: _CODE,
        ColumnMeaning.AREA: _AREA,
        ColumnMeaning.COUNTRY: _COUNTRY,
        ColumnMeaning.MOBILE: _MOBILE,
        ColumnMeaning.LANDLINE: _LANDLINE,
        ColumnMeaning.PHONE: _PHONE,
        ColumnMeaning.NOTES: _NOTES,
        ColumnMeaning.NUMBER: _NUMBER,
    }
    return tuple(
        (meaning, tuple(_word(word) for line in table.values() for word in line.split()))
        for meaning, table in tables.items()
    )


@cache
def _whole_words(words: str) -> tuple[str, ...]:
    return tuple(map(_simple, words.split()))


def _word(word: str) -> str:
    simple = _simple(word.lstrip("="))
    if word.startswith("="):
        return simple
    return simple.strip() + " " * word.endswith("_")


def _simple(text: str) -> str:
    """Return the text in small letters without marks, with one space around each word."""
    parted = _WORD_INSIDE.sub(" ", text)
    letters = unicodedata.normalize("NFKD", parted).casefold()
    kept = (
        character if character.isalnum() else " "
        for character in letters
        if unicodedata.category(character) not in ("Mn", "Mc")
    )
    return f" {' '.join(''.join(kept).split())} "
