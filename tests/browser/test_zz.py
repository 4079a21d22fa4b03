from tests.browser.test_lists import *
def test_zz(pool_list: Page) -> None:
    pool_list.evaluate("""()=>{window.log=[];for(const n of ['focusin','focusout','htmx:beforeSwap','htmx:afterSwap','htmx:afterSettle','keydown','click','htmx:beforeRequest'])document.addEventListener(n,e=>log.push(n+' '+(e.target.id||e.target.tagName)+' active='+(document.activeElement.id||document.activeElement.tagName)+' '+(e.target.isConnected)))}""")
    following = pool_list.get_by_role("link", name="Next page")
    following.focus()
    for ids in (IDS[10:20], IDS[20:]):
        pool_list.keyboard.press("Enter")
        _expect_ids(pool_list, ids)
    pool_list.wait_for_timeout(500)
    print("\n".join(pool_list.evaluate("log")))
    assert 0
