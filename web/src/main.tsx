import { FluentProvider, RendererProvider, createDOMRenderer, webDarkTheme, webLightTheme } from '@fluentui/react-components'
import { StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App'
import { SignIn, Welcome } from './SignIn'
import './page.css'

// Styles are written into elements that carry the page's nonce, so that the policy can refuse all others.
const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } })
const dark = window.matchMedia('(prefers-color-scheme: dark)')

function Root() {
  const [isDark, setDark] = useState(dark.matches)
  useEffect(() => {
    const on = () => setDark(dark.matches)
    dark.addEventListener('change', on)
    return () => dark.removeEventListener('change', on)
  }, [])
  return (
    <RendererProvider renderer={renderer}>
      <FluentProvider theme={isDark ? webDarkTheme : webLightTheme}>
        {location.pathname === '/signin' ? <SignIn /> : location.pathname === '/welcome' ? <Welcome /> : <App />}
      </FluentProvider>
    </RendererProvider>
  )
}

createRoot(document.getElementById('root')!).render(<StrictMode><Root /></StrictMode>)
