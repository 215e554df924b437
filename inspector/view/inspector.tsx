import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Announcer } from './announce.js'
import { Header, type Page, pages } from './header.js'
import { Keys } from './keys.js'
import { follow, live } from './live.js'
import { isTyping, Requests } from './requests.js'
import { useStore } from './store.js'
import { Suggestion } from './suggestion.js'
import { WhatIf } from './what-if.js'
import { Why } from './why.js'

function pageInAddress(): Page {
  return pages.find(page => page === location.hash.slice(1)) ?? 'requests'
}

function Inspector() {
  const [page, setPage] = useState(pageInAddress)
  const [showsKeys, setShowsKeys] = useState(false)
  const { connection } = useStore(live)
  useEffect(() => {
    const turned = () => setPage(pageInAddress())
    const pressed = (event: KeyboardEvent) => {
      if (event.key === '?' && !isTyping(event)) setShowsKeys(true)
    }
    addEventListener('hashchange', turned)
    addEventListener('keydown', pressed)
    return () => {
      removeEventListener('hashchange', turned)
      removeEventListener('keydown', pressed)
    }
  }, [])
  return (
    <>
      <Header page={page} connection={connection} showKeys={() => setShowsKeys(true)} />
      <main>
        {page === 'requests' && <Requests />}
        {page === 'why' && <Why />}
        {page === 'what-if' && <WhatIf />}
        {page === 'suggest' && <Suggestion />}
      </main>
      {showsKeys && <Keys close={() => setShowsKeys(false)} />}
      <Announcer />
    </>
  )
}

render(<Inspector />, document.body)
void follow()
