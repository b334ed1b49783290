"""Page furniture: the lines of a scraped page that are the site's and not the article's.

Only whole short lines are judged, by what they say; where they stand is for the caller.
"""

from __future__ import annotations

import re

_NAVIGATION = frozenset(
    line.strip()
    for line in """
    about, about us, accessibility, accessibility help, accessibility links, ad, advertise,
    advertisement, advertising, africa, all news, americas, apps, archive, archives, arts, asia,
    audio, back, back to top, bookmark, breaking, breaking news, business, careers, close, comment,
    comments, contact, contact us, cookie policy, cookie settings, cookies, copy link, culture,
    digg, download, e-mail, economy, editions, email, email this, email this article, end, ends,
    english, entertainment, europe, events, facebook, faq, features, feedback, follow, follow us,
    font size, gallery, google+, headlines, health, help, home, home page, homepage, instagram,
    jobs, jump to content, jump to navigation, jump to search, latest, latest news, leave a comment,
    lifestyle, linkedin, links, listen, live, load more, local, log in, log out, login, main menu,
    main content, main navigation, main page, mail, markets, media, menu, middle east, mobile,
    money, more, more news, most popular, most read, most viewed, my account, national, navigation,
    news, newsletter, newsletters, next, next article, next page, next story, no comments, opinion,
    pages, photo, photos, pinterest, play, podcast, podcasts, politics, post a comment, previous,
    previous article, previous page, previous story, print, print this, privacy, privacy policy,
    programmes, programs, radio, read in app, reddit, region, register, reply, report this, rss,
    save, science, search, send, send to a friend, settings, share, show more, sign in, sign out,
    sign up, site index, site map, sitemap, skip navigation, skip to content, skip to footer,
    skip to main content, skip to main navigation, skip to main search, skip to navigation,
    skip to search, skip to top, special reports, sponsored, sponsored content, sport, sports,
    story continues below, story continues below advertisement, subscribe, subscribe now,
    tags, tech, technology, telegram, terms, terms and conditions, terms of service, terms of use,
    text size, toggle navigation, top, top news, top of page, top stories, topics, travel, trending,
    tv, tweet, twitter, u.s., uk, us, video, videos, view all, view comments, weather, whatsapp,
    world, world news, x, you are here, youtube
    """.replace("\n", " ").split(",")
)
_FURNITURE = re.compile(
    r"""
    share[ ]+(this|on|via|with|by|article|story|page)\b.{0,60}
    | (follow|like|find|join|watch)[ ]+us\b.{0,60}
    | follow[ ]+(@|on[ ]|the[ ]author).{0,60}
    | (subscribe|sign[ ]up|register)[ ]+
      (now|today|here|free|(for|to)[ ](our|the|this|daily|receive|get|continue|read)\b).{0,80}
    | (click|tap|press)[ ]+(here|to)\b.{0,60}
    | (e-?mail|print|save|download|bookmark|tweet|listen[ ]to|report|rate)[ ]+(this|a)[ ].{0,40}
    | print(er)?[ -]?(friendly)?[ ]+(version|page|article|story)
    | (send|post)[ ]+(this|a)[ ]+(story|article|page|link|comment)\b.{0,40}
    | (we|this[ ](web)?site|our[ ](web)?site)\b.{0,60}\bcookies\b.{0,150}
    | (accept|reject|manage)([ ]all)?([ ]cookies)?
    | (by[ ]continuing|by[ ]using)\b.{0,60}\b(site|agree|cookies)\b.{0,150}
    | (copyright\W{0,3})?(©|\(c\)).{0,200}
    | copyright\W{0,3}(\d{4}|by[ ]).{0,200}
    | .{0,120}\ball[ ]rights[ ]reserved\b.{0,120}
    | .{0,80}\bmay[ ]not[ ]be[ ](published|reproduced|redistributed)\b.{0,120}
    | (page[ ])?\d{1,3}([ ]?(of|/)[ ]?\d{1,3})?
    | page[ ]\d{1,3}.{0,3}
    | -[ ]?\d{1,3}[ ]?-
    | \d{1,6}[ ](comments?|shares?|views?|likes?|votes?|retweets?)
    | \d{1,3}[ ]min(ute)?s?[ ]read
    | (about[ ])?\d{1,3}[ ](second|minute|hour|day|week|month|year)s?[ ]ago
    | (skip|jump|go|back|return)[ ]to[ ](the[ ])?
      (main|top|home|content|navigation|index|front)\b.{0,30}
    | (powered|hosted)[ ]by[ ].{0,40}
    | (loading|please[ ]wait)\W{0,3}
    | \(?(end|ends|more|reuters?|-?30-?)\)?
    | a[ -]z[ ].{0,30}
    """,
    re.X | re.I,
)
_RELATED = re.compile(
    r"""
    (related|recommended|more|other|similar)[ ]
      (articles?|stories|news|links?|topics?|content|posts?|coverage)(\W{0,2}|[ ]on[ ].{0,40})
    | more[ ](on|from|about)[ ](this|the)[ ].{0,40}
    | more[ ]from[ ].{0,40}
    | (see[ ]also|read[ ](also|more|next)|also[ ](read|on)|what[ ]to[ ]read[ ]next)\W{0,3}
    | you[ ](may|might)[ ](also[ ])?(like|be[ ]interested).{0,20}
    | (most[ ](read|popular|viewed|shared|commented)|top[ ]stories|trending([ ]now)?)\W{0,2}
    """,
    re.X | re.I,
)
PIECES = re.compile(r"\s+[|·•»>]+\s+|\s*\|\s*")
"""What stands between the pieces of a line such as "Home | World" or "By Ali Reza | 3 July"."""

# Cookie notices and copyright lines are the longest.
_MAX_LENGTH = 250


def is_furniture(line: str) -> bool:
    """Whether every piece of `line` is the page's: "Home | World", "Share this on Facebook"."""
    if len(line) > _MAX_LENGTH:
        return False
    pieces = [piece for piece in PIECES.split(line) if piece]
    return all(
        piece.casefold().strip(" .:…»«>[]*") in _NAVIGATION
        or _FURNITURE.fullmatch(piece)
        or _RELATED.fullmatch(piece)
        or not any(map(str.isalnum, piece))
        for piece in pieces
    )


def heads_related(line: str) -> bool:
    """Whether `line` stands above the headlines of other stories: "Related Articles"."""
    return len(line) <= _MAX_LENGTH and bool(_RELATED.fullmatch(line))
